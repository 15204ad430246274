from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from cmp_portal import scale
from credentials.enums import Per
from credentials.models import Cycle, RequirementSet
from credentials.rules.points import hundredths
from education.queries import standings_of, verdicts
from tests.factories import (
    ActivityKindFactory,
    AllocationFactory,
    CycleFactory,
    RuleFactory,
    allocate_all,
)

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 10)


def judged(on):
    sets = RequirementSet.objects.select_related("credential_type")
    return {one.cycle: (one.counted, one.shortfall) for one in verdicts(sets, on=on)}


def evaluated(on):
    """The same of every cycle, credit by credit."""
    related = ("credential__credential_type", "requirement_set__credential_type")
    standings = standings_of(Cycle.objects.select_related(*related), on=on)
    return {pk: (hundredths(one.total.counted), hundredths(one.shortfall)) for pk, one in standings.items()}


@pytest.mark.parametrize("later", [0, 800])
def test_verdicts_are_the_engines(now, later):
    for command in ("load_reference", "load_requirements"):
        call_command(command, verbosity=0)
    scale.seed(scale.Order(holders=20, seed=3, on=ON, at=now))

    on = ON + timedelta(days=later)

    assert judged(on) == evaluated(on)


def test_what_exceeds_a_maximum_is_not_counted(today):
    cycle = CycleFactory()
    RuleFactory(requirement_set=cycle.requirement_set, kinds=["college-course"], maximum=Decimal("2.00"))
    AllocationFactory(
        cycle=cycle, credit__kind=ActivityKindFactory(code="college-course"), credit__points=Decimal("3.00")
    )

    assert judged(today) == evaluated(today) == {cycle.pk: (200, 200 + 0 + 100)}


def test_a_yearly_rule_is_judged_by_the_years(today):
    cycle = CycleFactory()
    allocate_all(cycle)
    RuleFactory(requirement_set=cycle.requirement_set, kinds=[], maximum=None, minimum=Decimal("1.00"), per=Per.YEAR)

    assert judged(today) == evaluated(today) == {cycle.pk: (400, 200)}


def test_a_cycle_without_shares_lacks_everything(today):
    cycle = CycleFactory()

    assert judged(today) == {cycle.pk: (0, 400 + 200 + 100)}
