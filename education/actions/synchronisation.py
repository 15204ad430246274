"""Aligning the ends of a holder's cycles: requested by the holder, decided by a registrar."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions import tell
from accounts.enums import AlertKind, RequestState
from accounts.models import Holder, User
from accounts.queries import in_language_of
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
from cmp_portal.lib.dates import longdate
from credentials.models import Credential, Cycle, SynchronisationRequest
from credentials.permissions import may_decide
from credentials.queries import cycles_to_synchronise
from education import queries
from education.actions.requirements import repoint_cycles
from education.actions.status import refresh_status
from education.models import Allocation, Credit


class SynchronisationRefused(Exception):
    """The cycles can't be aligned, or not by this user; the message says why and what to do."""


@retry_on_conflict
@transaction.atomic
def request_synchronisation(*, holder: Holder, by: User, at: datetime) -> SynchronisationRequest:
    """Asks the Board to end all of a holder's cycles with the earliest; an open request is returned as it is."""
    Holder.objects.select_for_update(no_key=True).get(pk=holder.pk)
    known = SynchronisationRequest.objects.filter(holder=holder, state=RequestState.OPEN).first()
    if known is not None:
        return known
    preview = queries.preview_for(holder.pk, on=board_day(at))
    if preview.ends_on is None:
        raise SynchronisationRefused(preview.why_not)
    return SynchronisationRequest.objects.create(
        holder=holder, ends_on=preview.ends_on, requested_at=at, requested_by=by
    )


@retry_on_conflict
@transaction.atomic
def withdraw_request(*, request: SynchronisationRequest, by: User, at: datetime) -> SynchronisationRequest:
    """Withdraws a request before it is decided. Idempotent."""
    request = SynchronisationRequest.objects.select_for_update().get(pk=request.pk)
    if request.state == RequestState.OPEN:
        _decide(request, RequestState.WITHDRAWN, by=by, at=at)
    elif request.state != RequestState.WITHDRAWN:
        raise SynchronisationRefused(_("The Board has already answered this request."))
    return request


@retry_on_conflict
@transaction.atomic
def grant(
    *, request: SynchronisationRequest, ends_on: date, by: User, at: datetime, note: str = ""
) -> SynchronisationRequest:
    """Aligns the holder's cycles to end on `ends_on`, which must still be their earliest end. Idempotent.

    Shares stay; those that no longer count are explained in the standing.
    """
    cycles = _locked_cycles(request.holder_id, on=board_day(at))
    request = _locked_request(request, RequestState.GRANTED, by=by)
    if request.state == RequestState.GRANTED:
        return request
    if queries.earliest_end(cycles) != ends_on:
        raise SynchronisationRefused(_("The holder's cycles have changed in the meantime. Review them again."))
    _shorten(cycles, ends_on, at=at)
    _decide(request, RequestState.GRANTED, by=by, at=at, note=note, ends_on=ends_on)
    _tell(request, lambda: _("Your cycles now end on %(day)s") % {"day": longdate(ends_on)}, at=at)
    return request


@retry_on_conflict
@transaction.atomic
def decline(*, request: SynchronisationRequest, by: User, at: datetime, note: str) -> SynchronisationRequest:
    """Leaves the cycles as they are and records the reason. Idempotent."""
    request = _locked_request(request, RequestState.DECLINED, by=by)
    if request.state == RequestState.DECLINED:
        return request
    if not note.strip():
        raise SynchronisationRefused(_("Write a reason. The holder needs to know why."))
    _decide(request, RequestState.DECLINED, by=by, at=at, note=note)
    _tell(request, lambda: _("Your request to align your cycles was declined"), at=at)
    return request


def _locked_cycles(holder: int, *, on: date) -> list[Cycle]:
    """Locks and reloads the cycles, after the credits allocated in them: the lock order that every writer keeps."""
    ids = [cycle.pk for cycle in cycles_to_synchronise(holder, on=on)]
    credits = Allocation.objects.filter(cycle__in=ids).values("credit")
    list(Credit.objects.filter(pk__in=credits).order_by("id").select_for_update().values_list("pk"))
    list(Cycle.objects.filter(pk__in=ids).order_by("id").select_for_update().values_list("pk"))
    return [cycle for cycle in cycles_to_synchronise(holder, on=on) if cycle.pk in ids]


def _locked_request(request: SynchronisationRequest, wanted: RequestState, *, by: User) -> SynchronisationRequest:
    request = SynchronisationRequest.objects.select_for_update().get(pk=request.pk)
    if request.state == wanted or may_decide(by, request):
        return request
    if request.state == RequestState.OPEN:
        raise SynchronisationRefused(_("You are not allowed to decide on this request."))
    state = RequestState(request.state).label
    raise SynchronisationRefused(_("This request is now “%(state)s”.") % {"state": state})


def _shorten(cycles: Iterable[Cycle], ends_on: date, *, at: datetime) -> None:
    """Later cycles take over the anchor of the earliest one, so that they stay aligned across 29 February too."""
    first = next(cycle for cycle in cycles if cycle.ends_on == ends_on)
    anchor = first.credential.anchor_on or ends_on
    later = [cycle for cycle in cycles if cycle.ends_on > ends_on]
    ids = [cycle.pk for cycle in later]
    Cycle.objects.filter(pk__in=ids).update(ends_on=ends_on)
    Credential.objects.filter(pk__in=[cycle.credential_id for cycle in later]).update(anchor_on=anchor)
    repoint_cycles(at=at, cycles=ids)
    refresh_status(ids, at=at)


def _decide(
    request: SynchronisationRequest, state: RequestState, *, by: User, at: datetime, note: str = "", **also: date
) -> None:
    for name, value in {"state": state, "decided_at": at, "decided_by": by, "note": note.strip(), **also}.items():
        setattr(request, name, value)
    request.save()


def _tell(request: SynchronisationRequest, title: Callable[[], str], *, at: datetime) -> None:
    with in_language_of(request.holder_id):
        tell(
            holder_id=request.holder_id,
            kind=AlertKind.REQUEST_ANSWERED,
            key=f"synchronisation:{request.pk}",
            title=title(),
            body=request.note,
            link=reverse("education:synchronisation"),
            at=at,
        )
