"""The fee schedule as a table: by day, family and circumstances."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declarations.enums import FeeKind, FeeMove, FeeState
from declarations.rules.fees import (
    FEE_MOVES,
    Companion,
    Occasion,
    Rate,
    fee_transitions,
    months_later,
    quote,
)

APPLICATION, REINSTATEMENT = FeeKind.APPLICATION, FeeKind.REINSTATEMENT
TECHNICIAN, SCIENTIST, DIPLOMATE = "technician", "scientist", "diplomate"
OLD, NEW = date(2020, 1, 1), date(2026, 3, 1)
BEFORE_ALL, EVE, DAY, AFTER = date(2019, 12, 31), date(2026, 2, 28), date(2026, 3, 1), date(2027, 6, 30)
# Amounts of no Board, each another one, so that a wrong line can't give a right sum.
SCHEDULE = (
    Rate(APPLICATION, "", OLD, D("95.01"), D("50.03")),
    Rate(APPLICATION, "", NEW, D("110.07"), D("60.11")),
    Rate(APPLICATION, SCIENTIST, OLD, D("140.13"), D("80.17")),
    Rate(APPLICATION, TECHNICIAN, NEW, D("70.19"), None),
    Rate(REINSTATEMENT, "", OLD, D("50.23")),
    Rate(REINSTATEMENT, TECHNICIAN, NEW, D("20.29")),
)
ENDS = date(2026, 3, 31)
NEAR, FAR = date(2026, 6, 30), date(2026, 7, 1)
ALONE, SECOND, APART, THIRD = "alone", "second", "apart", "third"
COMPANIONS = {
    ALONE: (),
    SECOND: (Companion("H(ASCP)", NEAR, is_reduced=False),),
    APART: (Companion("H(ASCP)", FAR, is_reduced=False),),
    THIRD: (Companion("H(ASCP)", NEAR, is_reduced=False), Companion("C(ASCP)", ENDS, is_reduced=True)),
}
# By day and family: what the application costs alone and as the second, and what a reinstatement adds.
AMOUNTS = {
    (BEFORE_ALL, TECHNICIAN): (0, 0, 0),
    (BEFORE_ALL, SCIENTIST): (0, 0, 0),
    (BEFORE_ALL, DIPLOMATE): (0, 0, 0),
    (OLD, TECHNICIAN): (D("95.01"), D("50.03"), D("50.23")),
    (OLD, SCIENTIST): (D("140.13"), D("80.17"), D("50.23")),
    (OLD, DIPLOMATE): (D("95.01"), D("50.03"), D("50.23")),
    (EVE, TECHNICIAN): (D("95.01"), D("50.03"), D("50.23")),
    (EVE, SCIENTIST): (D("140.13"), D("80.17"), D("50.23")),
    (EVE, DIPLOMATE): (D("95.01"), D("50.03"), D("50.23")),
    (DAY, TECHNICIAN): (D("70.19"), D("70.19"), D("20.29")),
    (DAY, SCIENTIST): (D("140.13"), D("80.17"), D("50.23")),
    (DAY, DIPLOMATE): (D("110.07"), D("60.11"), D("50.23")),
    (AFTER, TECHNICIAN): (D("70.19"), D("70.19"), D("20.29")),
    (AFTER, SCIENTIST): (D("140.13"), D("80.17"), D("50.23")),
    (AFTER, DIPLOMATE): (D("110.07"), D("60.11"), D("50.23")),
}
CASES = [
    (on, family, among, again, (second if among == SECOND else alone) + (reinstated if again else 0))
    for (on, family), (alone, second, reinstated) in AMOUNTS.items()
    for among in COMPANIONS
    for again in (False, True)
]


def occasion(on=DAY, family=DIPLOMATE, among=ALONE, again=False, ends_on=ENDS):
    return Occasion(family, on, ends_on, again, COMPANIONS[among])


@pytest.mark.parametrize(("on", "family", "among", "again", "amount"), CASES)
def test_what_is_charged_on_a_day_for_a_family_in_circumstances(on, family, among, again, amount):
    assert quote(SCHEDULE, occasion(on, family, among, again)).amount == amount


def test_the_order_of_the_schedule_does_not_matter():
    found = {quote(rates, occasion(among=SECOND, again=True)) for rates in (SCHEDULE, SCHEDULE[::-1])}

    assert len(found) == 1


def test_a_reinstatement_is_a_line_of_its_own_on_top_of_the_application():
    lines = quote(SCHEDULE, occasion(again=True)).lines

    assert [(line.kind, line.amount) for line in lines] == [(APPLICATION, D("110.07")), (REINSTATEMENT, D("50.23"))]


def test_the_line_says_because_of_which_declaration_it_costs_less():
    (line,) = quote(SCHEDULE, occasion(among=SECOND)).lines

    assert line.with_ == COMPANIONS[SECOND][0]


@pytest.mark.parametrize(
    ("ends_on", "is_reduced"),
    [
        (date(2026, 3, 29), False),
        (date(2026, 3, 30), True),
        (date(2026, 3, 31), True),
        (date(2026, 6, 30), True),
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
    ],
)
def test_ends_lie_within_three_months_whichever_comes_first(ends_on, is_reduced):
    found = quote(SCHEDULE, Occasion(DIPLOMATE, DAY, ends_on, False, COMPANIONS[SECOND]))

    assert found.amount == (D("60.11") if is_reduced else D("110.07"))


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2026, 1, 31), date(2026, 4, 30)),
        (date(2026, 2, 28), date(2026, 5, 31)),
        (date(2028, 2, 28), date(2028, 5, 28)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2026, 12, 15), date(2027, 3, 15)),
        (date(2026, 11, 29), date(2027, 2, 28)),
    ],
)
def test_three_months_later(day, later):
    assert months_later(day, 3) == later


@given(st.dates(date(1, 1, 1), date(9000, 1, 1)), st.integers(0, 48))
def test_a_later_day_never_comes_before_an_earlier_one(day, months):
    assert months_later(day, months) <= months_later(day + timedelta(days=1), months)


def test_what_is_not_published_is_not_charged():
    found = quote([Rate(APPLICATION, "", OLD, None), *SCHEDULE[4:]], occasion(again=True))

    assert [(line.kind, line.amount) for line in found.lines] == [(REINSTATEMENT, D("50.23"))]


def test_a_newer_rate_without_an_amount_takes_the_older_one_out_of_force():
    found = quote([Rate(APPLICATION, "", OLD, D("95.01")), Rate(APPLICATION, "", NEW, None)], occasion())

    assert (found.amount, found.lines) == (0, ())


def test_an_empty_schedule_charges_nothing():
    assert quote([], occasion(again=True)).lines == ()


def test_every_move_of_a_fee_leads_somewhere_from_somewhere_else():
    assert fee_transitions() == [
        (FeeState.DROPPED, FeeState.PAID),
        (FeeState.DUE, FeeState.DROPPED),
        (FeeState.DUE, FeeState.PAID),
        (FeeState.PAID, FeeState.REFUNDED),
        (FeeState.REFUNDED, FeeState.PAID),
    ]
    assert set(FEE_MOVES) == set(FeeMove)
