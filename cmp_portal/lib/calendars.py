"""Calendars in iCalendar format (RFC 5545): all-day events to subscribe to from any calendar program."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})
LINE = 75  # octets, RFC 5545, 3.1
PRODUCT = "-//CMP Portal//Calendar//EN"


@dataclass(frozen=True)
class Event:
    """An all-day event; `uid` never changes, so that an event that moves is updated rather than duplicated."""

    uid: str
    day: date
    title: str
    text: str = ""
    url: str = ""


def calendar(name: str, events: Iterable[Event], *, at: datetime) -> bytes:
    """The calendar as an iCalendar file; `at` is when its events were last known to be accurate."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", f"X-WR-CALNAME:{text(name)}"]
    lines += ["REFRESH-INTERVAL;VALUE=DURATION:P1D", "X-PUBLISHED-TTL:P1D"]
    for event in events:
        lines += _event_lines(event, at)
    lines.append("END:VCALENDAR")
    return b"".join(fold(line) for line in lines)


def _event_lines(event: Event, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{at:%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{text(event.title)}"
    if event.text:
        yield f"DESCRIPTION:{text(event.text)}"
    if event.url:
        yield f"URL:{event.url}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def text(words: str) -> str:
    """Text as a property value, with special characters escaped."""
    return words.translate(ESCAPES)


def fold(line: str) -> bytes:
    """The line folded at 75 octets, never inside a character (RFC 5545, 3.1)."""
    pieces, piece = [], b""
    for letter in line:
        octets = letter.encode()
        # Continuation lines begin with a space.
        if len(piece) + len(octets) > LINE:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
