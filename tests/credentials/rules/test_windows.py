"""Dates of a cycle as tables: which activities count, when to declare, and where the following cycles end."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from credentials.rules import (
    CycleError,
    CycleFacts,
    Window,
    advised_until,
    cycle_end,
    declaration_opens_on,
    next_cycle,
    periods,
    shortened,
    synchronised,
    window,
)

DAY = timedelta(days=1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def cycle(starts_on: str, ends_on: str, **settings) -> CycleFacts:
    return CycleFacts(day(starts_on), day(ends_on), **settings)


BY_MONTH = cycle("2015-07-01", "2018-06-30")
MID_MONTH = cycle("2015-06-15", "2018-06-14")
BY_DAY = replace(MID_MONTH, by_month=False)
VOLUNTARY = replace(MID_MONTH, voluntary=True)
LEAP = cycle("2021-03-01", "2024-02-29")

# --- Which days count -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "on", "first", "last"),
    [
        pytest.param(BY_MONTH, "2018-01-15", "2015-06-01", "2018-06-30", id="running, both months"),
        pytest.param(BY_MONTH, "2015-07-01", "2015-06-01", "2018-06-30", id="running, its first day"),
        pytest.param(BY_MONTH, "2018-06-30", "2015-06-01", "2018-06-30", id="running, its last day"),
        pytest.param(MID_MONTH, "2018-06-14", "2015-06-01", "2018-06-14", id="ends within a month"),
        pytest.param(BY_DAY, "2018-06-14", "2015-06-15", "2018-06-14", id="running by day, its last day"),
        pytest.param(BY_DAY, "2018-06-15", "2015-06-15", "2018-06-15", id="by day, expired a day"),
        pytest.param(BY_MONTH, "2018-07-01", "2015-07-01", "2018-07-01", id="expired a day: months no longer count"),
        pytest.param(BY_MONTH, "2023-11-30", "2020-11-30", "2023-11-30", id="expired for years"),
        pytest.param(BY_MONTH, "2024-02-29", "2021-03-01", "2024-02-29", id="expired, on 29 February"),
        pytest.param(BY_MONTH, "2023-02-28", "2020-02-28", "2023-02-28", id="expired, back to a leap year"),
        pytest.param(BY_MONTH, "2023-03-01", "2020-03-01", "2023-03-01", id="expired, 29 February is left out"),
        pytest.param(VOLUNTARY, "2018-06-14", "2015-06-14", "2018-06-14", id="voluntary on its last day"),
        pytest.param(VOLUNTARY, "2016-02-29", "2013-03-01", "2016-02-29", id="voluntary on 29 February"),
        pytest.param(VOLUNTARY, "2019-01-01", "2016-01-01", "2019-01-01", id="voluntary and past its end"),
        pytest.param(LEAP, "2024-02-29", "2021-02-01", "2024-02-29", id="ends on 29 February, running"),
        pytest.param(LEAP, "2024-03-01", "2021-03-01", "2024-03-01", id="ended on 29 February, expired a day"),
        pytest.param(cycle("2022-01-01", "2024-12-31"), "2024-12-31", "2021-12-01", "2024-12-31", id="calendar years"),
        pytest.param(
            shortened(cycle("2016-01-01", "2018-12-31"), day("2018-06-30")), "2018-06-30", "2015-06-01", "2018-06-30",
            id="shortened: three years before the new end",
        ),
    ],
)  # fmt: skip
def test_the_first_and_the_last_day_count_and_their_neighbours_do_not(facts, on, first, last):
    found = window(facts, on=day(on))

    neighbours = [day(first) - DAY, day(first), day(last), day(last) + DAY]
    assert [each in found for each in neighbours] == [False, True, True, False]


def test_the_window_of_a_receipt_stays_when_days_go_by():
    receipt = day("2018-06-30")

    assert window(BY_MONTH, on=receipt) == Window(day("2015-06-01"), day("2018-06-30"))
    assert window(BY_MONTH, on=receipt + DAY) != window(BY_MONTH, on=receipt)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "years"),
    [
        ("9997-01-01", "9999-12-31", ["9997-12-31", "9998-12-31", "9999-12-31"]),
        ("9997-06-15", "9999-12-31", ["9998-06-14", "9999-12-31"]),
        ("9996-02-29", "9999-12-31", ["9997-02-28", "9998-02-28", "9999-12-31"]),
        ("9999-12-31", "9999-12-31", ["9999-12-31"]),
        ("0001-01-01", "0002-12-31", ["0001-12-31", "0002-12-31"]),
        ("0001-01-01", "0001-01-01", ["0001-01-01"]),
    ],
)
def test_years_reach_to_both_ends_of_the_calendar(starts_on, ends_on, years):
    found = periods(Window(day(starts_on), day(ends_on)))

    assert [year.ends_on.isoformat() for year in found] == years


# --- When to declare --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends_on", "opens_on", "advised"),
    [
        pytest.param("2024-02-29", "2023-12-01", "2024-01-29", id="29 February: a month before"),
        pytest.param("2023-02-28", "2022-11-30", "2023-01-28", id="28 February: a month before"),
        pytest.param("2024-03-30", "2023-12-31", "2024-02-29", id="leap year: both fall on 29 February"),
        pytest.param("2023-03-30", "2022-12-30", "2023-02-28", id="both fall on 28 February"),
        pytest.param("2023-03-01", "2022-12-01", "2023-01-30", id="30 days before, across February"),
        pytest.param("2024-03-01", "2023-12-02", "2024-01-31", id="30 days before, across 29 February"),
        pytest.param("2024-07-31", "2024-05-02", "2024-06-30", id="a month before a 31st is a 30th"),
        pytest.param("2024-05-31", "2024-03-02", "2024-04-30", id="a month before 31 May"),
        pytest.param("2024-12-31", "2024-10-02", "2024-11-30", id="a month before the year's end"),
        pytest.param("2025-01-01", "2024-10-03", "2024-12-01", id="a month before the new year"),
    ],
)
def test_declaration_opens_and_is_advised_until_around_short_months(ends_on, opens_on, advised):
    assert (declaration_opens_on(day(ends_on)), advised_until(day(ends_on))) == (day(opens_on), day(advised))


def test_the_advised_day_leaves_thirty_days_and_a_month():
    ends = [day("2023-01-01") + DAY * number for number in range(2 * 366)]

    left = [(end - advised_until(end)).days for end in ends]

    assert set(left) == {30, 31}


# --- The next cycles --------------------------------------------------------------------------------------------------

FORTY_YEARS = [
    pytest.param(
        "2024-02-29",
        ["2027-02-28", "2030-02-28", "2033-02-28", "2036-02-29", "2039-02-28", "2042-02-28", "2045-02-28",
         "2048-02-29", "2051-02-28", "2054-02-28", "2057-02-28", "2060-02-29", "2063-02-28", "2066-02-28"],
        id="29 February comes back every twelve years",
    ),
    pytest.param(
        "2000-02-29",
        ["2003-02-28", "2006-02-28", "2009-02-28", "2012-02-29", "2015-02-28", "2018-02-28", "2021-02-28",
         "2024-02-29", "2027-02-28", "2030-02-28", "2033-02-28", "2036-02-29", "2039-02-28", "2042-02-28"],
        id="from the leap year 2000",
    ),
    pytest.param(
        "2088-02-29",
        ["2091-02-28", "2094-02-28", "2097-02-28", "2100-02-28", "2103-02-28", "2106-02-28", "2109-02-28",
         "2112-02-29", "2115-02-28", "2118-02-28", "2121-02-28", "2124-02-29", "2127-02-28", "2130-02-28"],
        id="2100 is no leap year",
    ),
    pytest.param(
        "2023-02-28",
        ["2026-02-28", "2029-02-28", "2032-02-28", "2035-02-28", "2038-02-28", "2041-02-28", "2044-02-28",
         "2047-02-28", "2050-02-28", "2053-02-28", "2056-02-28", "2059-02-28", "2062-02-28", "2065-02-28"],
        id="28 February stays, in leap years too",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("anchor", "ends"), FORTY_YEARS)
def test_forty_years_of_ends_are_counted_from_the_anchor(anchor, ends):
    assert [cycle_end(day(anchor), k).isoformat() for k in range(1, 15)] == ends


@pytest.mark.parametrize(("anchor", "ends"), FORTY_YEARS)
def test_forty_years_of_next_cycles_end_there_too(anchor, ends):
    facts, found = CycleFacts(cycle_end(day(anchor), -1) + DAY, day(anchor)), []

    for _ in ends:
        facts = next_cycle(facts, anchor=day(anchor))
        found.append(facts.ends_on.isoformat())

    assert found == ends


@pytest.mark.parametrize(
    ("old", "anchor", "expected"),
    [
        pytest.param(
            cycle("2015-07-01", "2018-06-30"), "2018-06-30", cycle("2018-07-01", "2021-06-30"), id="the day after"
        ),
        pytest.param(
            cycle("2015-07-01", "2018-06-30"), "2009-06-30", cycle("2018-07-01", "2021-06-30"), id="an early anchor"
        ),
        pytest.param(
            cycle("2024-03-01", "2027-02-28"), "2024-02-29", cycle("2027-03-01", "2030-02-28"), id="no drift"
        ),
        pytest.param(
            cycle("2033-03-01", "2036-02-29"), "2024-02-29", cycle("2036-03-01", "2039-02-28"), id="after a leap end"
        ),
        pytest.param(
            cycle("2022-01-01", "2024-12-31"), "2024-12-31", cycle("2025-01-01", "2027-12-31"), id="calendar years"
        ),
        pytest.param(
            cycle("2015-07-01", "2018-03-31"), "2018-06-30", cycle("2018-04-01", "2021-03-31"), id="a shortened one"
        ),
        pytest.param(
            cycle("2015-07-01", "2016-02-29"), "2018-06-30", cycle("2016-03-01", "2019-02-28"),
            id="shortened to 29 February",
        ),
        pytest.param(
            cycle("2017-01-01", "2018-12-31", years=2), "2018-12-31", cycle("2019-01-01", "2020-12-31", years=2),
            id="a type with cycles of two years",
        ),
    ],
)  # fmt: skip
def test_next_cycle_starts_the_day_after_and_ends_by_the_anchor(old, anchor, expected):
    assert next_cycle(old, anchor=day(anchor)) == expected


# --- Synchronising ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "aligned"),
    [
        pytest.param(["2018-06-30"], "2018-06-30", id="one alone"),
        pytest.param(["2018-06-30", "2018-06-30"], "2018-06-30", id="aligned already"),
        pytest.param(["2018-12-31", "2018-06-30", "2017-09-30"], "2017-09-30", id="three, the last ends first"),
        pytest.param(["2018-07-01", "2018-06-30"], "2018-06-30", id="a day apart"),
        pytest.param(["2018-03-31", "2016-02-29"], "2016-02-29", id="to 29 February"),
    ],
)
def test_synchronising_shortens_to_the_earliest_end(ends, aligned):
    cycles = [cycle("2015-07-01", end) for end in ends]

    found = synchronised(cycles)

    assert found == tuple(cycle("2015-07-01", aligned) for _ in ends)


def test_synchronised_cycles_go_on_together():
    first, second = synchronised([cycle("2015-07-01", "2018-06-30"), cycle("2016-01-01", "2018-12-31")])

    following = [next_cycle(first, anchor=day("2018-06-30")), next_cycle(second, anchor=day("2018-12-31"))]

    assert following == [cycle("2018-07-01", "2021-06-30")] * 2


def test_synchronising_keeps_the_settings_of_each_type():
    by_month, by_day = cycle("2016-01-01", "2018-12-31"), replace(BY_DAY, years=2)

    found = synchronised([by_month, by_day])

    assert found == (replace(by_month, ends_on=by_day.ends_on), by_day)


def test_synchronising_refuses_a_cycle_that_starts_after_the_earliest_end():
    with pytest.raises(CycleError, match="a cycle starting on 2018-07-01 cannot end on 2018-06-30"):
        synchronised([cycle("2018-07-01", "2021-06-30"), BY_MONTH])


@pytest.mark.parametrize("ends_on", ["2015-07-01", "2018-06-29", "2018-06-30"])
def test_a_cycle_may_be_shortened_to_any_of_its_days(ends_on):
    assert shortened(BY_MONTH, day(ends_on)) == cycle("2015-07-01", ends_on)
