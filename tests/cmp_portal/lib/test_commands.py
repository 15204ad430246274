from argparse import ArgumentTypeError
from datetime import UTC, date, datetime

import pytest

from cmp_portal.lib.commands import day, moment, whole


def test_day_is_read():
    assert day("2026-11-30") == date(2026, 11, 30)


@pytest.mark.parametrize("text", ["2026-11-31", "tomorrow", ""])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ArgumentTypeError, match="is not a date"):
        day(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-30T23:59:59", datetime(2026, 12, 1, 5, 59, 59, tzinfo=UTC)),
        ("2026-07-01T00:00", datetime(2026, 7, 1, 5, tzinfo=UTC)),
        ("2026-11-30T12:00+00:00", datetime(2026, 11, 30, 12, tzinfo=UTC)),
    ],
)
def test_moment_is_the_boards_unless_it_names_another_zone(text, expected):
    assert moment(text) == expected


@pytest.mark.parametrize("text", ["tomorrow", "2026-11-30T25:00", ""])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ArgumentTypeError, match="is not a date and time"):
        moment(text)


@pytest.mark.parametrize(("text", "number"), [("20000", 20000), ("-1", -1)])
def test_whole_number_is_read(text, number):
    assert whole(text) == number


@pytest.mark.parametrize("text", ["", "many", "1.5", "1_000", "٣", "9" * 19])
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(ArgumentTypeError, match="is not a whole number"):
        whole(text)
