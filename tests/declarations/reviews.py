"""Helpers for reviews of declarations."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.urls import reverse

from declarations import actions
from education.actions import refresh_status
from education.models import Credit
from tests.factories import (
    AllocationFactory,
    AttestationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    allocate_all,
)

AT = datetime(2026, 2, 10, 12, tzinfo=ZoneInfo("America/Chicago"))
LATER = AT + timedelta(days=1)


SPARE = "Troponin at the bedside"


def submitted(*, at=AT, spare=False, **of):
    """A complete declaration in time, without any flag; `spare` adds a credit more than needed."""
    requirements = of.pop("requirement_set", None) or MlsRequirementSetFactory(verified=True)
    cycle = CycleFactory(requirement_set=requirements, starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31), **of)
    allocate_all(cycle)
    if spare:
        credit = CreditFactory(holder=cycle.holder, title=SPARE, subjects=["chemistry"], points=Decimal(2))
        area = cycle.requirement_set.areas.get(code="rest")
        AllocationFactory(cycle=cycle, credit=credit, area=area, points=Decimal(2))
    credits = list(Credit.objects.filter(holder=cycle.holder).order_by("id"))
    for place, credit in enumerate(credits):
        credit.completed_on = date(2025, 1, 1) + timedelta(days=place)
    Credit.objects.bulk_update(credits, ["completed_on"])
    refresh_status([cycle.pk], at=at)
    user = HolderUserFactory(holder=cycle.holder)
    return actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=at)


def credit_in(declaration, area):
    """The credit declared in an area."""
    return declaration.cycle.allocations.get(area__code=area).credit


def ruling(declaration, reviewer):
    """Record a ruling on the credit declared in an area."""

    def rule(outcome, of="ethics", *, by=reviewer, at=LATER, **said):
        return actions.rule(
            declaration=declaration, credit=credit_in(declaration, of), outcome=outcome, by=by, at=at, **said
        )

    return rule


def area_of(declaration, code):
    return declaration.requirement_set.areas.get(code=code)


def address(name, declaration, *more):
    """URL of a declaration's review page, or of one of its actions."""
    return reverse(f"admin:declarations_declaration_{name}", args=[declaration.pk, *more])
