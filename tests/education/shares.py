"""Shares in raw SQL, and the database's refusals."""

from decimal import Decimal

from django.utils import timezone

from credentials.models import Cycle
from education.models import Allocation
from tests.constraint_violations import insert
from tests.factories import AllocationFactory, CreditFactory, CycleFactory

EXCEED = "the shares of a credit within a cycle exceed its points"
FROZEN = "the shares of this cycle are frozen"
APART = "share, credit, cycle and area do not belong together"
TWICE = "a credit is allocated in at most one cycle of a credential"
WITHDRAWN = "a withdrawn credit cannot be allocated"


def share_of(credit, cycle, code="rest", **columns):
    """Insert a share in raw SQL."""
    area = cycle.requirement_set.areas.get(code=code)
    row = {"holder_id": cycle.holder_id, "cycle_id": cycle.pk, "credit_id": credit.pk, "area_id": area.pk, "points": 1}
    return insert(Allocation, **{**row, **columns})


def credit_and_cycle(**fields):
    cycle = CycleFactory()
    return CreditFactory(holder=cycle.holder, **fields), cycle


def shares_of_one_credit():
    """Half a point in each of two areas."""
    first = Allocation.objects.first()
    if first is None:
        return AllocationFactory(points=Decimal("0.50"))
    rest = first.cycle.requirement_set.areas.get(code="rest")
    return AllocationFactory(cycle=first.cycle, credit=first.credit, area=rest, points=Decimal("0.50"))


def shares_to_make(points="1.00"):
    cycle = CycleFactory()
    area = cycle.requirement_set.areas.get(code="rest")
    credits = [CreditFactory(holder=cycle.holder) for _ in range(3)]
    return [
        Allocation(holder=cycle.holder, cycle=cycle, credit=credit, area=area, points=Decimal(points))
        for credit in credits
    ]


def declared(cycle):
    Cycle.objects.filter(pk=cycle.pk).update(shares_frozen_at=timezone.now(), declared_on=cycle.ends_on)
    return cycle
