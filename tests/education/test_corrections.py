from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.enums import AlertKind
from accounts.models import Alert
from credentials.enums import Unit
from credentials.models import Cycle
from education import actions
from education.actions.corrections import as_it_is, correct
from education.models import Allocation, Credit
from tests.education.shares import declared
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    IntakeBatchFactory,
    MlsRequirementSetFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    return CycleFactory(requirement_set=MlsRequirementSetFactory())


@pytest.fixture
def credit(cycle):
    """Two points of chemistry, 1.5 allocated there and 0.5, later, to the rest."""
    credit = CreditFactory(holder=cycle.holder, points=Decimal("2.00"))
    for code, points in (("chemistry", "1.50"), ("rest", "0.50")):
        area = cycle.requirement_set.areas.get(code=code)
        AllocationFactory(cycle=cycle, credit=credit, area=area, points=Decimal(points))
    return credit


def shares(cycle):
    return dict(Allocation.objects.filter(cycle=cycle).order_by("id").values_list("area__code", "points"))


def with_points(credit, points):
    return replace(as_it_is(credit, withdrawn=False), points=Decimal(points))


def test_correct_says_what_a_feed_would(credit, now, today):
    correction = actions.Correction(
        title="Chemistry, renamed",
        completed_on=today - timedelta(days=9),
        subjects=["chemistry", "safety"],
        points=Decimal("3"),
    )

    correct(credit=credit, correction=correction, at=now)

    credit = Credit.objects.get()
    assert as_it_is(credit, withdrawn=False) == correction
    assert (credit.unit, credit.quantity, credit.corrected_at) == (Unit.POINTS, Decimal("3.00"), now)


@pytest.mark.parametrize(
    ("points", "left"),
    [
        ("2", {"chemistry": Decimal("1.50"), "rest": Decimal("0.50")}),
        ("1.80", {"chemistry": Decimal("1.50"), "rest": Decimal("0.25")}),
        ("1.50", {"chemistry": Decimal("1.50")}),
        ("1", {"chemistry": Decimal("1.00")}),
        ("0.20", {}),
    ],
)
def test_correct_cuts_the_newest_shares_first_in_whole_steps(credit, cycle, now, points, left):
    correct(credit=credit, correction=with_points(credit, points), at=now)

    assert shares(cycle) == left


def test_who_loses_shares_is_told(credit, now):
    correct(credit=credit, correction=with_points(credit, "1.50"), at=now)

    assert Alert.objects.get(kind=AlertKind.SHARES_RELEASED).holder == credit.holder


def test_who_loses_a_withdrawn_credit_is_told_that_it_was_withdrawn(credit, now):
    correct(credit=credit, correction=as_it_is(credit, withdrawn=True), at=now)

    told = Alert.objects.filter(kind=AlertKind.SHARES_RELEASED).values_list("title", "body")
    assert list(told) == [
        ("A credit was withdrawn: its allocation was released", f"“{credit.title}” no longer counts."),
    ]


def test_who_loses_shares_of_a_credit_in_several_cycles_is_told_once(credit, cycle, now):
    AllocationFactory(cycle=CycleFactory(holder=cycle.holder), credit=credit)

    correct(credit=credit, correction=with_points(credit, "0.20"), at=now)

    assert Alert.objects.filter(kind=AlertKind.SHARES_RELEASED).count() == 1


def test_who_loses_shares_again_is_told_again(credit, now):
    correct(credit=credit, correction=with_points(credit, "1.50"), at=now)
    correct(credit=credit, correction=with_points(credit, "1"), at=now + timedelta(hours=1))

    assert Alert.objects.filter(kind=AlertKind.SHARES_RELEASED).count() == 2


def test_correct_cuts_in_every_open_cycle_but_in_no_frozen_one(credit, cycle, now):
    frozen = CycleFactory(holder=cycle.holder)
    AllocationFactory(cycle=frozen, credit=credit)
    declared(frozen)

    correct(credit=credit, correction=with_points(credit, "1"), at=now)

    assert sum(shares(cycle).values()) == Decimal("1.00")
    assert sum(shares(frozen).values()) == Decimal("2.00")


def test_a_cycle_that_opens_again_loses_its_newest_shares_first(credit, cycle, now):
    declared(cycle)
    correct(credit=credit, correction=with_points(credit, "1.80"), at=now)

    Cycle.objects.filter(pk=cycle.pk).update(shares_frozen_at=None)
    actions.refit(cycle=cycle, at=now)

    assert shares(cycle) == {"chemistry": Decimal("1.50"), "rest": Decimal("0.25")}


def test_what_is_withdrawn_counts_nowhere(credit, cycle, now):
    correct(credit=credit, correction=as_it_is(credit, withdrawn=True), at=now)

    assert shares(cycle) == {}
    assert Credit.objects.get().withdrawn_at == now


def test_what_was_withdrawn_may_stand_again(now):
    credit = CreditFactory(withdrawn=True)

    correct(credit=credit, correction=as_it_is(credit, withdrawn=False), at=now)

    assert Credit.objects.get().withdrawn_at is None


def test_what_was_withdrawn_before_keeps_the_day_of_its_withdrawal(credit, now):
    correct(credit=credit, correction=as_it_is(credit, withdrawn=True), at=now)
    renamed = replace(as_it_is(credit, withdrawn=True), title="Chemistry, renamed")

    correct(credit=credit, correction=renamed, at=now + timedelta(days=1))

    credit.refresh_from_db()
    assert (credit.title, credit.withdrawn_at) == ("Chemistry, renamed", now)


def test_a_corrected_credit_no_longer_belongs_to_the_feed_that_brought_it(now):
    credit = CreditFactory(batch=IntakeBatchFactory())

    correct(credit=credit, correction=with_points(credit, "1"), at=now)

    credit.refresh_from_db()
    assert (credit.batch, credit.decided_at) == (None, now)


def test_a_correction_that_says_nothing_new_changes_nothing(credit, now):
    correct(credit=credit, correction=as_it_is(credit, withdrawn=False), at=now)

    assert Credit.objects.get().corrected_at is None


def test_the_status_of_the_cycle_follows(credit, cycle, now):
    actions.refresh_status([cycle.pk], at=now)

    correct(credit=credit, correction=with_points(credit, "1"), at=now)

    assert Cycle.objects.get(pk=cycle.pk).status.counted == Decimal("1.00")
