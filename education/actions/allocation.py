"""Shares of credits: locked first, decided afterwards."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
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
    _refuse_frozen(cycle)
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
    _refuse_frozen(cycle)
    deleted, _by_model = Allocation.objects.filter(cycle=cycle, credit=credit, area=area).delete()
    if deleted:
        refresh_status([cycle.pk], at=at)


def _locked(credit: Credit, cycle: Cycle) -> tuple[Credit, Cycle]:
    """Both rows as they are now, the credit first: the order every writer keeps."""
    credit = Credit.objects.select_for_update(of=("self",)).select_related("kind", "provider").get(pk=credit.pk)
    cycles = Cycle.objects.select_for_update(of=("self",))
    return credit, cycles.select_related("credential__credential_type", "requirement_set").get(pk=cycle.pk)


def _refuse_frozen(cycle: Cycle) -> None:
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
    why = rules.sentence(fit.reason, tally.compiled, longdate) if fit.reason else _("The rest is allocated already.")
    if not fit.points:
        return why
    return _("At most %(points)s of this credit would count there. %(why)s") % {
        "points": points_text(fit.points),
        "why": why,
    }
