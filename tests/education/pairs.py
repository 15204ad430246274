"""A recorded and a delivered credit that may be the same, and their allocations."""

from decimal import Decimal

from education.models import Allocation
from tests.factories import ActivityKindFactory, AllocationFactory, CreditFactory, MatchFactory


def pair_of(holder):
    """Three points recorded; delivered as two, under another title, kind and unit."""
    recorded = CreditFactory(
        holder=holder,
        self_recorded=True,
        title="Troponin at the bench",
        kind=ActivityKindFactory(code="in-service"),
        subjects=["chemistry", "safety"],
        points=Decimal("3.00"),
        unit="contact-hour",
    )
    delivered = CreditFactory(holder=holder, external_id="LE-1", unit="points", title="Troponin in practice")
    return MatchFactory(recorded=recorded, delivered=delivered)


def share(credit, cycle, area, points):
    return AllocationFactory(
        credit=credit, cycle=cycle, area=cycle.requirement_set.areas.get(code=area), points=Decimal(points)
    )


def shares():
    """Allocated points by credit and area."""
    rows = Allocation.objects.order_by("cycle", "area__position")
    return [(credit, area, str(points)) for credit, area, points in rows.values_list("credit", "area__code", "points")]


def declared(cycle, now):
    cycle.declared_on, cycle.shares_frozen_at = now.date(), now
    cycle.save()
