"""Allocating and releasing shares of credits: rows are locked before anything is decided."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import tell_all
from accounts.enums import AlertKind
from accounts.models import Alert, User
from accounts.queries import in_language_of_each
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
from cmp_portal.lib.formatting import points_text, points_words
from credentials.models import Area, Cycle
from education import queries, rules
from education.actions.changes import undoable
from education.actions.status import refresh_status
from education.models import Allocation, Credit

# Titles of areas can be whole sentences, but the description of a change has to fit on a button.
AREA_LENGTH = 40


class AllocationRefused(Exception):
    """The share can't be allocated; the message says why and what to do."""


class CreditGone(Http404):
    """The credit was merged into another after it was looked up: its address leads nowhere, so the answer is 404."""


@retry_on_conflict
@transaction.atomic
def allocate(*, credit: Credit, cycle: Cycle, area: Area, points: Decimal, by: User, at: datetime) -> Allocation:
    """Sets a credit's share in an area to `points`. Raises AllocationRefused if not all of them would count."""
    credit, cycle = _locked(credit, cycle)
    return allocate_locked(credit, cycle, area, points, by=by, at=at)


def allocate_locked(credit: Credit, cycle: Cycle, area: Area, points: Decimal, *, by: User, at: datetime) -> Allocation:
    """Like `allocate`, for a credit and a cycle that the caller has locked."""
    refuse_frozen(cycle)
    refuse_what_would_not_count(credit, cycle, area, points, at=at)
    before = Allocation.objects.filter(cycle=cycle, credit=credit, area=area).first()
    with undoable(cycle, what=_change_words(area, before.points if before else None, points), by=by, at=at):
        share, _created = Allocation.objects.update_or_create(
            cycle=cycle, credit=credit, area=area, defaults={"holder_id": cycle.holder_id, "points": points}
        )
    return share


def _change_words(area: Area, before: Decimal | None, after: Decimal) -> str:
    words = {
        "area": Truncator(area.title).chars(AREA_LENGTH),
        "before": points_text(before or Decimal(0)),
        "after": points_text(after),
    }
    if before is None:
        return _("allocated %(after)s to %(area)s") % words
    if not after:
        return _("released %(before)s from %(area)s") % words
    return _("changed %(area)s from %(before)s to %(after)s") % words


@retry_on_conflict
@transaction.atomic
def release(*, credit: Credit, cycle: Cycle, area: Area, by: User, at: datetime) -> None:
    """Takes a credit's share out of an area; does nothing if there is none."""
    credit, cycle = _locked(credit, cycle)
    refuse_frozen(cycle)
    share = Allocation.objects.filter(cycle=cycle, credit=credit, area=area).first()
    if share is not None:
        with undoable(cycle, what=_change_words(area, share.points, Decimal(0)), by=by, at=at):
            share.delete()


@dataclass(frozen=True)
class Edit:
    """A new number of points for an existing share; zero releases it."""

    credit: int
    area: str
    points: Decimal


@retry_on_conflict
@transaction.atomic
def change(*, cycle: Cycle, edits: Iterable[Edit], by: User, at: datetime) -> int:
    """Changes the points of shares, all or none; returns how many changed."""
    cycle = lock_cycle(cycle.pk)
    refuse_frozen(cycle)
    edited = _edited(cycle, edits)
    if not edited:
        return 0
    with undoable(cycle, what=_edit_words(edited), by=by, at=at):
        for share, points in edited:
            try:
                _set(share, points, cycle, at=at)
            except AllocationRefused as refusal:
                raise _refusal_of(share, refusal, among=len(edited)) from refusal
    return len(edited)


def _refusal_of(share: Allocation, refusal: AllocationRefused, *, among: int) -> AllocationRefused:
    """The same refusal; if there are several edits, with the title of the credit it is about."""
    if among == 1:
        return refusal
    return AllocationRefused(_("“%(title)s”: %(reason)s") % {"title": share.credit.title, "reason": refusal})


def _edited(cycle: Cycle, edits: Iterable[Edit]) -> list[tuple[Allocation, Decimal]]:
    """The shares that change, shrinking ones first, so that others can take what they free."""
    related = ("area", "credit__kind", "credit__provider")
    rows = {(row.credit_id, row.area.code): row for row in cycle.allocations.select_related(*related).order_by("id")}
    edits = list(edits)
    if any((edit.credit, edit.area) not in rows for edit in edits):
        raise AllocationRefused(_("This allocation no longer exists. Check your allocations again."))
    found = [(rows[edit.credit, edit.area], edit.points) for edit in edits]
    return sorted((one for one in found if one[0].points != one[1]), key=lambda one: one[1] - one[0].points)


def _edit_words(edited: list[tuple[Allocation, Decimal]]) -> str:
    if len(edited) == 1:
        [(share, points)] = edited
        return _change_words(share.area, share.points, points)
    return ngettext("changed %(count)s allocation", "changed %(count)s allocations", len(edited)) % {
        "count": len(edited)
    }


def _set(share: Allocation, points: Decimal, cycle: Cycle, *, at: datetime) -> None:
    if not points:
        share.delete()
        return
    refuse_what_would_not_count(share.credit, cycle, share.area, points, at=at)
    share.points = points
    share.save(update_fields=["points"])


@retry_on_conflict
@transaction.atomic
def clear(*, cycle: Cycle, by: User, at: datetime) -> int:
    """Releases every share of a cycle; returns how many there were."""
    cycle = lock_cycle(cycle.pk)
    refuse_frozen(cycle)
    with undoable(cycle, what=_("cleared the allocation"), by=by, at=at):
        deleted, _by_model = Allocation.objects.filter(cycle=cycle).delete()
    return deleted


@transaction.atomic
def refit(*, cycle: Cycle, at: datetime) -> None:
    """Cuts shares, newest first, that their credits no longer cover; needed when a frozen cycle opens again.

    While it was frozen, providers may have corrected or withdrawn credits whose shares stayed as signed.
    """
    shares = Allocation.objects.filter(cycle=cycle).select_related("credit", "cycle")
    fit_shares(shares.order_by("credit", "created_at", "id"), cycle, at=at)
    refresh_status([cycle.pk], at=at)


def fit_shares(shares: Iterable[Allocation], cycle: Cycle, *, at: datetime) -> None:
    """Cuts shares of a locked cycle to what their credits, as loaded, cover, and alerts the holder.

    The shares must be sorted by credit, oldest first.
    """
    cut = [share for _credit, group in groupby(shares, key=_credit_of) for share in _cut(list(group), cycle)]
    Allocation.objects.filter(pk__in=[share.pk for share in cut if not share.points]).delete()
    Allocation.objects.bulk_update([share for share in cut if share.points], ["points"])
    tell_all(_cut_alert(share, at=at) for share in in_language_of_each(cut, lambda share: share.holder_id))


def _credit_of(share: Allocation) -> int:
    return share.credit_id


def _cut(shares: list[Allocation], cycle: Cycle) -> Iterator[Allocation]:
    """The shares of one credit that must shrink; older ones are kept in full as long as the credit's points last."""
    credit = shares[0].credit
    points = Decimal(0) if credit.withdrawn_at else credit.points
    for share, kept in zip(shares, queries.kept_in(cycle, shares, points=points), strict=True):
        if kept < share.points:
            share.points = kept
            yield share


def _cut_alert(share: Allocation, *, at: datetime) -> Alert:
    """One for all shares of a credit that are cut at a time, as their key is the same."""
    title = _("A credit was corrected: part of your allocation was released")
    body = _("“%(title)s” now has fewer points than you had allocated.")
    if share.credit.withdrawn_at:
        title = _("A credit was withdrawn: its allocation was released")
        body = _("“%(title)s” no longer counts.")
    return Alert(
        holder_id=share.holder_id,
        kind=AlertKind.SHARES_RELEASED,
        key=f"{AlertKind.SHARES_RELEASED}:{share.credit_id}:{at:%Y%m%d%H%M%S%f}",
        title=title,
        body=body % {"title": share.credit.title},
        link=queries.progress_url(share.cycle),
        created_at=at,
    )


def lock_cycle(cycle_id: int, *, also: Iterable[int] = ()) -> Cycle:
    """Reloads a cycle, locking its credits (and those named) first: the lock order that every writer keeps."""
    credits = Q(pk__in=Allocation.objects.filter(cycle=cycle_id).values("credit")) | Q(pk__in=list(also))
    list(Credit.objects.filter(credits).order_by("id").select_for_update().values_list("pk"))
    return cycles_to_lock().get(pk=cycle_id)


def lock_credit(credit_id: int) -> Credit:
    """Locks and reloads a credit, then locks the cycles it is allocated in, so that none is declared meanwhile."""
    credit = still_there(Credit.objects.all(), credit_id)
    cycles = Cycle.objects.filter(pk__in=Allocation.objects.filter(credit=credit).values("cycle"))
    list(cycles.order_by("id").select_for_update().values_list("pk"))
    return credit


def still_there(credits: QuerySet[Credit], pk: int) -> Credit:
    """Locks and reloads a credit. Raises CreditGone if it was merged into another."""
    credit = credits.select_for_update(of=("self",)).filter(pk=pk).first()
    if credit is None:
        raise CreditGone
    return credit


def cycles_to_lock() -> QuerySet[Cycle]:
    cycles = Cycle.objects.select_for_update(of=("self",))
    return cycles.select_related("credential__credential_type", "requirement_set__credential_type")


def _locked(credit: Credit, cycle: Cycle) -> tuple[Credit, Cycle]:
    """Locks and reloads both rows, the credit first: the lock order that every writer keeps."""
    credit = still_there(Credit.objects.select_related("kind", "provider"), credit.pk)
    return credit, cycles_to_lock().get(pk=cycle.pk)


def refuse_frozen(cycle: Cycle) -> None:
    """Raises AllocationRefused for a cycle that is declared or renewed."""
    if cycle.closed_at is not None:
        raise AllocationRefused(_("This cycle has been renewed, so its allocation stays as it was."))
    if cycle.shares_frozen_at is not None:
        raise AllocationRefused(
            _("This cycle has been declared. Its allocation can change again if the Board returns it.")
        )


def _refuse_elsewhere(credit: Credit, cycle: Cycle) -> None:
    """Cycles of one credential may overlap; a credit may be allocated in only one of them."""
    shares = Allocation.objects.filter(credit=credit, cycle__credential=cycle.credential_id)
    if shares.exclude(cycle=cycle).exists():
        raise AllocationRefused(_("This credit counts in another cycle of this credential."))


def refuse_what_would_not_count(credit: Credit, cycle: Cycle, area: Area, points: Decimal, *, at: datetime) -> None:
    """Raises AllocationRefused unless all points would count, disregarding the credit's present share in the area."""
    _refuse_elsewhere(credit, cycle)
    facts = queries.facts_of(cycle, on=board_day(at)).also([credit])
    others = tuple(share for share in facts.shares if (share.credit, share.area) != (credit.pk, area.code))
    tally = replace(facts, shares=others).count()
    fit = tally.headroom(credit.pk, area.code)
    if points > fit.points:
        raise AllocationRefused(_refusal(credit, fit, tally))
    if points % facts.requirements.step:
        message = _("Points are allocated in steps of %(step)s.")
        raise AllocationRefused(message % {"step": points_text(facts.requirements.step)})


def _refusal(credit: Credit, fit: rules.Fit, tally: rules.Tally) -> str:
    if fit.points == credit.points:
        return _("This credit has only %(points)s.") % {"points": points_words(credit.points)}
    why = queries.reason_words(fit.reason, tally.compiled) if fit.reason else _("The rest is already allocated.")
    if not fit.points:
        return why
    return _("At most %(points)s of this credit's points would count there. %(why)s") % {
        "points": points_text(fit.points),
        "why": why,
    }
