"""Shares of credits: locked first, decided afterwards."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions import tell_all
from accounts.enums import AlertKind
from accounts.models import Alert, User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.words import points_text
from credentials.models import Area, Cycle
from education import queries, rules
from education.actions.status import refresh_status
from education.models import Allocation, Credit


class AllocationRefused(Exception):
    """The share can't be made; the message says why and what to do."""


@transaction.atomic
def allocate(*, credit: Credit, cycle: Cycle, area: Area, points: Decimal, by: User, at: datetime) -> Allocation:
    """Sets a credit's share in an area to `points`; a share that would not count is refused."""
    credit, cycle = _locked(credit, cycle)
    refuse_frozen(cycle)
    _refuse_what_would_not_count(credit, cycle, area, points, at=at)
    share, _created = Allocation.objects.update_or_create(
        cycle=cycle, credit=credit, area=area, defaults={"holder_id": cycle.holder_id, "points": points}
    )
    refresh_status([cycle.pk], at=at)
    return share


@transaction.atomic
def release(*, credit: Credit, cycle: Cycle, area: Area, by: User, at: datetime) -> None:
    """Takes a credit's share out of an area; where there is none, nothing changes."""
    credit, cycle = _locked(credit, cycle)
    refuse_frozen(cycle)
    deleted, _by_model = Allocation.objects.filter(cycle=cycle, credit=credit, area=area).delete()
    if deleted:
        refresh_status([cycle.pk], at=at)


@transaction.atomic
def refit(*, cycle: Cycle, at: datetime) -> None:
    """Cuts shares, newest first, that their credits no longer cover; needed when a frozen cycle opens again.

    While it was frozen, providers may have corrected or withdrawn what stayed as it was signed.
    """
    shares = Allocation.objects.filter(cycle=cycle).select_related("credit", "cycle")
    if fit_shares(shares.order_by("credit", "created_at", "id"), cycle, at=at):
        refresh_status([cycle.pk], at=at)


def fit_shares(shares: Iterable[Allocation], cycle: Cycle, *, at: datetime) -> bool:
    """Cuts shares of a locked cycle to what their credits cover, as loaded, and tells the holder; whether any was cut.

    The shares come by credit, the oldest first.
    """
    cut = [share for _credit, group in groupby(shares, key=_credit_of) for share in _cut(list(group), cycle)]
    Allocation.objects.filter(pk__in=[share.pk for share in cut if not share.points]).delete()
    Allocation.objects.bulk_update([share for share in cut if share.points], ["points"])
    tell_all(_cut_alert(share, at=at) for share in cut)
    return bool(cut)


def _credit_of(share: Allocation) -> int:
    return share.credit_id


def _cut(shares: list[Allocation], cycle: Cycle) -> Iterator[Allocation]:
    """The shares of one credit that must shrink, the oldest kept whole as long as the credit lasts."""
    credit = shares[0].credit
    left = Decimal(0) if credit.withdrawn_at else credit.points - credit.points % cycle.requirement_set.step
    for share in shares:
        kept = min(share.points, left)
        left -= kept
        if kept < share.points:
            share.points = kept
            yield share


def _cut_alert(share: Allocation, *, at: datetime) -> Alert:
    return Alert(
        holder_id=share.holder_id,
        kind=AlertKind.SHARES_RELEASED,
        key=f"{AlertKind.SHARES_RELEASED}:{share.pk}:{at:%Y%m%d%H%M%S}",
        title=_("A credit was corrected: part of your allocation is free again"),
        body=_("“%(title)s” now has fewer points than you had allocated.") % {"title": share.credit.title},
        link=f"{reverse('education:progress')}?credential={share.cycle.credential_id}",
        created_at=at,
    )


def lock_cycle(cycle_id: int) -> Cycle:
    """The cycle as it is now, its credits locked first: the order every writer keeps."""
    credits = Allocation.objects.filter(cycle=cycle_id).values("credit")
    list(Credit.objects.filter(pk__in=credits).order_by("id").select_for_update().values_list("pk"))
    return _cycles_to_lock().get(pk=cycle_id)


def lock_credit(credit_id: int) -> Credit:
    """A credit as it is now, then the cycles it is allocated in, so that none of them is being declared meanwhile."""
    credit = Credit.objects.select_for_update().get(pk=credit_id)
    cycles = Cycle.objects.filter(pk__in=Allocation.objects.filter(credit=credit).values("cycle"))
    list(cycles.order_by("id").select_for_update().values_list("pk"))
    return credit


def _cycles_to_lock() -> QuerySet[Cycle]:
    cycles = Cycle.objects.select_for_update(of=("self",))
    return cycles.select_related("credential__credential_type", "requirement_set__credential_type")


def _locked(credit: Credit, cycle: Cycle) -> tuple[Credit, Cycle]:
    """Both rows as they are now, the credit first: the order every writer keeps."""
    credit = Credit.objects.select_for_update(of=("self",)).select_related("kind", "provider").get(pk=credit.pk)
    cycles = Cycle.objects.select_for_update(of=("self",))
    return credit, cycles.select_related("credential__credential_type", "requirement_set__credential_type").get(
        pk=cycle.pk
    )


def refuse_frozen(cycle: Cycle) -> None:
    """Nothing is allocated in a cycle that is declared or renewed."""
    if cycle.closed_at is not None:
        raise AllocationRefused(_("This cycle is renewed; its allocation stays as it was."))
    if cycle.shares_frozen_at is not None:
        raise AllocationRefused(_("This cycle is declared; its allocation can change again if the Board returns it."))


def _refuse_what_would_not_count(credit: Credit, cycle: Cycle, area: Area, points: Decimal, *, at: datetime) -> None:
    """Judged as if the credit's present share in the area were given back first."""
    facts = queries.facts_of(cycle, on=board_day(at)).also([credit])
    others = tuple(share for share in facts.shares if (share.credit, share.area) != (credit.pk, area.code))
    tally = replace(facts, shares=others).count()
    fit = tally.headroom(credit.pk, area.code)
    if points > fit.points:
        raise AllocationRefused(_refusal(fit, tally))
    if points % facts.requirements.step:
        message = _("Points are allocated in steps of %(step)s.")
        raise AllocationRefused(message % {"step": points_text(facts.requirements.step)})


def _refusal(fit: rules.Fit, tally: rules.Tally) -> str:
    why = queries.reason_words(fit.reason, tally.compiled) if fit.reason else _("The rest is allocated already.")
    if not fit.points:
        return why
    return _("At most %(points)s of this credit would count there. %(why)s") % {
        "points": points_text(fit.points),
        "why": why,
    }
