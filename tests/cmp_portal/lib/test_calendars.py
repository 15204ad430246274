from datetime import UTC, date, datetime

import pytest

from cmp_portal.lib.calendars import Event, calendar, fold, text

AT = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)


def lines(*events):
    """The lines as a reader puts them together again."""
    return calendar("Days", events, at=AT).decode().replace("\r\n ", "").split("\r\n")


def test_event_is_a_whole_day():
    found = lines(Event(uid="one@example.org", day=date(2026, 12, 31), title="Last day"))

    assert "DTSTART;VALUE=DATE:20261231" in found
    assert "DTEND;VALUE=DATE:20270101" in found
    assert "DTSTAMP:20260310T180000Z" in found


def test_calendar_begins_and_ends_as_it_must():
    found = lines(Event(uid="one@example.org", day=date(2024, 2, 29), title="Last day"))

    assert (found[0], found[1], found[-2], found[-1]) == ("BEGIN:VCALENDAR", "VERSION:2.0", "END:VCALENDAR", "")
    assert found.count("BEGIN:VEVENT") == found.count("END:VEVENT") == 1


def test_calendar_of_nobody_is_empty():
    assert "BEGIN:VEVENT" not in lines()


@pytest.mark.parametrize(
    ("words", "written"),
    [("a, b", r"a\, b"), ("a; b", r"a\; b"), ("a\\b", r"a\\b"), ("a\r\nEND:VEVENT", r"a\nEND:VEVENT")],
)
def test_what_means_something_is_escaped(words, written):
    assert text(words) == written


@pytest.mark.parametrize("line", ["x" * 75, "x" * 76, "ß" * 200, "漢" * 100, "🩸" * 80, "", "a" + "é" * 75])
def test_lines_are_at_most_75_octets_and_letters_stay_whole(line):
    folded = fold(line)

    assert all(len(piece) <= 75 for piece in folded.split(b"\r\n"))
    assert folded.decode().replace("\r\n ", "") == line + "\r\n"
