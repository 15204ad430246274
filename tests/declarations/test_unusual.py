"""Unusual features of declared credits, as tables of cases."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declarations.rules import DeclaredFacts, Oddity, unusual

TOTAL = Decimal(36)
RECEIVED = date(2026, 3, 10)
DAY = date(2025, 5, 2)


def credit(points="2", *, hours=None, day=DAY, own=True, recorded=date(2025, 6, 1), title="Anemias"):
    return DeclaredFacts(
        title=title,
        points=Decimal(points),
        hours=None if hours is None else Decimal(hours),
        completed_on=day,
        is_self_recorded=own,
        recorded_on=recorded,
    )


def found(*credits):
    return [one.oddity for one in unusual(credits, total=TOTAL, received_on=RECEIVED)]


@pytest.mark.parametrize(
    ("points", "own", "oddities"),
    [("18", True, []), ("18.25", True, [Oddity.LARGE]), ("36", True, [Oddity.LARGE]), ("36", False, [])],
)
def test_one_self_recorded_credit_is_more_than_half(points, own, oddities):
    assert found(credit(points, own=own)) == oddities


@pytest.mark.parametrize(
    ("hours", "oddities"),
    [
        (["12", "12"], []),
        (["12", "12.25"], [Oddity.CROWDED_DAY]),
        (["30"], []),
        (["30", None], []),
        (["8", "8", "9"], [Oddity.CROWDED_DAY]),
    ],
)
def test_a_day_has_so_many_hours(hours, oddities):
    assert found(*(credit(hours=one, own=False) for one in hours)) == oddities


def test_hours_of_different_days_are_not_added_up():
    assert found(credit(hours="20"), credit(hours="20", day=date(2025, 5, 3))) == []


@pytest.mark.parametrize(
    ("recorded", "oddities"),
    [
        (date(2026, 3, 3), []),
        (date(2026, 3, 4), [Oddity.RECORDED_LAST]),
        (date(2026, 3, 10), [Oddity.RECORDED_LAST]),
        (date(2026, 3, 11), []),
    ],
)
def test_much_was_recorded_in_the_last_days(recorded, oddities):
    assert found(*(credit("10", recorded=recorded) for _time in range(2))) == oddities


def test_little_recorded_in_the_last_days_is_usual():
    assert found(credit("18", recorded=RECEIVED)) == []


def test_what_a_provider_delivered_last_is_usual():
    assert found(credit("18", recorded=RECEIVED, own=False), credit("10", recorded=RECEIVED, own=False)) == []


def test_it_is_told_which_credits_and_how_much():
    (one,) = unusual([credit(hours="20", title="B"), credit(hours="10", title="A")], total=TOTAL, received_on=RECEIVED)

    assert (one.titles, one.amount, one.day) == (("A", "B"), Decimal(30), DAY)


def test_nothing_declared_is_not_unusual():
    assert found() == []


@given(st.permutations([credit("20", title="A"), credit(hours="20", title="B"), credit(hours="9", title="C")]))
def test_the_order_of_credits_does_not_matter(credits):
    assert found(*credits) == [Oddity.LARGE, Oddity.CROWDED_DAY]
