from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.enums import Hold, Validity
from credentials.rules import (
    CycleError,
    CycleFacts,
    Window,
    advised_until,
    anniversary,
    cycle_end,
    declaration_opens_on,
    is_mandatory,
    may_synchronise,
    next_cycle,
    periods,
    reinstated_cycle,
    reinstated_until,
    requirements_day,
    shortened,
    synchronised,
    validity,
    window,
)

JUNE_2018 = CycleFacts(date(2015, 7, 1), date(2018, 6, 30))
steady = settings(deadline=None)  # a busy machine fails no test
days = st.dates(date(1990, 1, 1), date(2080, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("completed_on", "counts"),
    [("2015-05-31", False), ("2015-06-01", True), ("2018-06-30", True), ("2018-07-01", False)],
)
def test_window_by_month_follows_the_boards_example(completed_on, counts):
    assert (day(completed_on) in window(JUNE_2018, on=day("2018-01-15"))) is counts


@pytest.mark.parametrize(
    ("cycle", "on", "starts_on", "ends_on"),
    [
        pytest.param(JUNE_2018, "2018-06-30", "2015-06-01", "2018-06-30", id="still running on its last day"),
        pytest.param(JUNE_2018, "2018-07-01", "2015-07-01", "2018-07-01", id="expired on the day after"),
        pytest.param(JUNE_2018, "2020-02-29", "2017-03-01", "2020-02-29", id="29 February's anniversary is 1 March"),
        pytest.param(JUNE_2018, "2014-01-01", "2015-06-01", "2018-06-30", id="asked before it starts"),
        pytest.param(
            CycleFacts(day("2015-06-15"), day("2018-06-14"), by_month=False),
            "2016-01-01", "2015-06-15", "2018-06-14", id="by day: the cycle's own days",
        ),
        pytest.param(
            CycleFacts(day("2015-06-15"), day("2018-06-14"), voluntary=True),
            "2016-01-10", "2013-01-10", "2016-01-10", id="voluntary: the last three years, even while it runs",
        ),
        pytest.param(
            CycleFacts(day("2013-03-01"), day("2016-02-29")),
            "2016-02-29", "2013-02-01", "2016-02-29", id="ends on 29 February",
        ),
        pytest.param(
            CycleFacts(day("2016-01-01"), day("2017-12-31"), years=2),
            "2017-01-01", "2015-12-01", "2017-12-31", id="a type with cycles of two years",
        ),
    ],
)  # fmt: skip
def test_window_starts_and_ends(cycle, on, starts_on, ends_on):
    assert window(cycle, on=day(on)) == Window(day(starts_on), day(ends_on))


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "expected"),
    [
        pytest.param("2015-07-01", "2018-06-30", ["2015-07-01", "2016-07-01", "2017-07-01"], id="three years"),
        pytest.param("2015-06-01", "2018-06-30", ["2015-06-01", "2016-06-01", "2017-06-01"], id="a month more"),
        pytest.param("2015-06-01", "2017-05-30", ["2015-06-01"], id="a day short of two years"),
        pytest.param("2015-06-01", "2017-05-31", ["2015-06-01", "2016-06-01"], id="two years"),
        pytest.param("2015-06-01", "2015-08-31", ["2015-06-01"], id="shorter than a year"),
        pytest.param("2024-02-29", "2027-02-28", ["2024-02-29", "2025-03-01", "2026-03-01"], id="from 29 February"),
    ],
)
def test_periods_start_on_anniversaries(starts_on, ends_on, expected):
    found = periods(Window(day(starts_on), day(ends_on)))

    assert [period.starts_on for period in found] == [day(text) for text in expected]


@steady
@given(starts_on=days, length=st.integers(0, 2500))
def test_periods_cover_the_window_without_gaps(starts_on, length):
    whole = Window(starts_on, starts_on + timedelta(days=length))

    found = periods(whole)

    assert (found[0].starts_on, found[-1].ends_on) == (whole.starts_on, whole.ends_on)
    assert all(b.starts_on - a.ends_on == timedelta(days=1) for a, b in pairwise(found))


@steady
@given(starts_on=days, length=st.integers(366, 2500))
def test_periods_last_a_year_and_the_last_one_less_than_two(starts_on, length):
    found = periods(Window(starts_on, starts_on + timedelta(days=length)))

    assert {(period.ends_on - period.starts_on).days + 1 for period in found[:-1]} <= {365, 366}
    assert 365 <= (found[-1].ends_on - found[-1].starts_on).days + 1 <= 731


@pytest.mark.parametrize(
    ("start", "years", "expected"),
    [
        ("2024-02-29", 1, "2025-03-01"),
        ("2024-02-29", 4, "2028-02-29"),
        ("2024-02-29", -3, "2021-03-01"),
        ("2024-03-31", 3, "2027-03-31"),
        ("9996-12-31", 3, "9999-12-31"),
        ("9996-02-29", 10, "9999-12-31"),
    ],
)
def test_anniversary_of_29_february_is_1_march(start, years, expected):
    assert anniversary(day(start), years) == day(expected)


@pytest.mark.parametrize(
    ("on", "expected"),
    [("2017-01-05", "2018-06-30"), ("2018-06-30", "2018-06-30"), ("2019-01-05", "2019-01-05")],
)
def test_requirements_day_is_the_end_until_it_is_past(on, expected):
    assert requirements_day(JUNE_2018, on=day(on)) == day(expected)


@pytest.mark.parametrize(
    ("ends_on", "opens_on", "advised"),
    [
        ("2018-06-30", "2018-04-01", "2018-05-30"),
        ("2018-03-31", "2017-12-31", "2018-02-28"),  # a month before is earlier than 30 days before
        ("2018-03-01", "2017-12-01", "2018-01-30"),  # 30 days before is earlier than a month before
        ("2020-03-31", "2020-01-01", "2020-02-29"),
        ("2018-01-15", "2017-10-17", "2017-12-15"),
    ],
)
def test_declaration_opens_and_is_advised_until(ends_on, opens_on, advised):
    assert (declaration_opens_on(day(ends_on)), advised_until(day(ends_on))) == (day(opens_on), day(advised))


def test_declaration_days_are_settings():
    assert declaration_opens_on(day("2018-06-30"), days=10) == day("2018-06-20")
    assert advised_until(day("2018-06-30"), days=60) == day("2018-05-01")


def test_cycle_end_does_not_drift_from_29_february():
    ends = [cycle_end(day("2024-02-29"), k) for k in range(5)]

    assert [str(end) for end in ends] == ["2024-02-29", "2027-02-28", "2030-02-28", "2033-02-28", "2036-02-29"]


@steady
@given(anchor=days)
def test_forty_years_of_cycles_touch_and_keep_the_anchors_day(anchor):
    cycle = CycleFacts(anchor - timedelta(days=1095), anchor)

    for _ in range(14):
        following = next_cycle(cycle, anchor)
        assert following.starts_on - cycle.ends_on == timedelta(days=1)
        assert following.ends_on.year - cycle.ends_on.year == 3
        assert following.ends_on.replace(day=1) == anchor.replace(year=following.ends_on.year, day=1)
        assert following.ends_on.day == anchor.day or (anchor.day, following.ends_on.day) == (29, 28)
        cycle = following


def test_next_cycle_of_a_shortened_one_lasts_three_years_from_its_end():
    cycle = shortened(JUNE_2018, day("2017-03-31"))

    assert next_cycle(cycle, anchor=day("2018-06-30")) == CycleFacts(day("2017-04-01"), day("2020-03-31"))


def test_next_cycle_keeps_the_settings():
    cycle = CycleFacts(day("2016-07-01"), day("2018-06-30"), voluntary=True, by_month=False, years=2)

    assert next_cycle(cycle, anchor=day("2018-06-30")) == CycleFacts(
        day("2018-07-01"), day("2020-06-30"), voluntary=True, by_month=False, years=2
    )


@pytest.mark.parametrize(
    ("starts_on", "ends_on"), [("2019-05-11", "2022-05-10"), ("2020-03-01", "2023-02-28"), ("2018-03-01", "2021-02-28")]
)
def test_reinstated_cycle_lasts_three_years_from_its_first_day(starts_on, ends_on):
    assert reinstated_cycle(JUNE_2018, day(starts_on)) == CycleFacts(day(starts_on), day(ends_on))


def test_cycles_of_other_lengths_keep_the_anchors_leap_day():
    cycle = CycleFacts(day("2016-03-01"), day("2018-02-28"), years=2)

    assert next_cycle(cycle, anchor=day("2016-02-29")).ends_on == day("2020-02-29")
    assert reinstated_cycle(cycle, day("2019-05-11")).ends_on == day("2021-05-10")


@pytest.mark.parametrize("ends_on", ["2018-07-01", "2015-06-30"])
def test_shortened_refuses_to_lengthen_or_to_end_before_the_start(ends_on):
    with pytest.raises(CycleError, match=ends_on):
        shortened(JUNE_2018, day(ends_on))


def test_shortened_to_its_own_end_changes_nothing():
    assert shortened(JUNE_2018, JUNE_2018.ends_on) == JUNE_2018


def test_synchronised_aligns_to_the_earliest_end():
    later = CycleFacts(day("2016-01-01"), day("2018-12-31"))

    assert [cycle.ends_on for cycle in synchronised([later, JUNE_2018])] == [day("2018-06-30")] * 2
    assert synchronised([]) == ()


@pytest.mark.parametrize(
    ("cycle", "on", "expected"),
    [
        (JUNE_2018, "2016-01-01", True),
        (JUNE_2018, "2018-06-30", True),
        (JUNE_2018, "2018-07-01", False),
        (replace(JUNE_2018, starts_on=day("2015-08-01")), "2015-07-31", False),
        (replace(JUNE_2018, voluntary=True), "2016-01-01", False),
    ],
    ids=["running", "on its last day", "ended", "not begun", "voluntary"],
)
def test_a_mandatory_running_cycle_may_be_synchronised(cycle, on, expected):
    assert may_synchronise(cycle, day(on)) is expected


@pytest.mark.parametrize(
    ("certified_on", "mandatory_from", "expected"),
    [
        ("2003-12-31", "2004-01-01", False),
        ("2004-01-01", "2004-01-01", True),
        ("2005-12-31", "2006-01-01", False),
        ("1980-01-01", None, True),
    ],
)
def test_maintenance_is_mandatory_from_a_day(certified_on, mandatory_from, expected):
    assert is_mandatory(day(certified_on), mandatory_from and day(mandatory_from)) is expected


@pytest.mark.parametrize(
    ("cycle", "on", "hold", "under_review", "expected"),
    [
        (JUNE_2018, "2018-06-30", Hold.NONE, False, Validity.ACTIVE),
        (JUNE_2018, "2018-07-01", Hold.NONE, False, Validity.EXPIRED),
        (JUNE_2018, "2018-07-01", Hold.NONE, True, Validity.UNDER_REVIEW),
        (JUNE_2018, "2018-06-30", Hold.NONE, True, Validity.ACTIVE),
        (JUNE_2018, "2018-06-30", Hold.SUSPENDED, False, Validity.SUSPENDED),
        (JUNE_2018, "2018-07-01", Hold.REVOKED, True, Validity.REVOKED),
        (None, "2018-07-01", Hold.NONE, False, Validity.LIFETIME),
        (None, "2018-07-01", Hold.SUSPENDED, False, Validity.SUSPENDED),
        (CycleFacts(day("2015-07-01"), day("2018-06-30"), voluntary=True), "2019-01-01", Hold.NONE, False,
         Validity.LIFETIME),
    ],
)  # fmt: skip
def test_validity_is_decided_first_and_dated_second(cycle, on, hold, under_review, expected):
    assert validity(cycle, day(on), hold=hold, under_review=under_review) == expected


@pytest.mark.parametrize(
    ("ends_on", "years", "until"),
    [
        (date(2018, 6, 30), None, None),
        (date(2018, 6, 30), 5, date(2023, 6, 30)),
        (date(2020, 2, 29), 1, date(2021, 3, 1)),
    ],
)
def test_reinstatement_without_an_examination_ends_some_years_after_the_cycle_if_the_board_says_so(
    ends_on, years, until
):
    assert reinstated_until(ends_on, years) == until
