"""Cell parsers of feeds: each returns the normalized text, or raises ValueError saying what is wrong."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

Reader = Callable[[str], str]

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
MONTH = re.compile(r"(?:[0-9]{4}-)?([0-9]{1,2})")
POINTS = re.compile(r"([0-9]*)\.?([0-9]*)")
# How spreadsheets write a long number: 20990001 in a narrow column becomes 2.099E+07, and its last digits are gone.
ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?E[+-][0-9]{2,}", re.IGNORECASE)
EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\.]{2,}")
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a feed; a file may omit an optional one, which then reads as empty."""

    name: str
    read: Reader
    optional: bool = False


def text(longest: int, *, empty: bool = False) -> Reader:
    """One line of text of at most `longest` characters; collapses white space."""

    def read(cell: str) -> str:
        value = " ".join(cell.split())
        if not value and not empty:
            raise ValueError("is empty")
        if len(value) > longest:
            raise ValueError(f"is longer than {longest} characters")
        return value

    return read


def number(longest: int) -> Reader:
    """A number or reference as given, of at most `longest` characters, unless a spreadsheet has rounded it."""
    as_text = text(longest)

    def read(cell: str) -> str:
        value = as_text(cell)
        if ROUNDED.fullmatch(value):
            raise ValueError(f"{shown(value)} was rounded by a spreadsheet; format the column as text, with all digits")
        return value

    return read


def optional(reader: Reader) -> Reader:
    """The same reader, but accepting an empty cell."""
    return lambda cell: reader(cell) if cell.strip() else ""


def email(cell: str) -> str:
    """One email address of at most 254 characters."""
    value = cell.strip()
    if not EMAIL.fullmatch(value) or ".." in value:
        raise ValueError(f"{shown(value)} is not an email address")
    if len(value) > 254:
        raise ValueError("is longer than 254 characters")
    return value


@lru_cache(maxsize=65536)
def day(cell: str) -> str:
    """A date as YYYY-MM-DD, not before 1900."""
    value = cell.strip()
    if not DAY.fullmatch(value):
        raise ValueError(f"{shown(value)} is not a date in the form YYYY-MM-DD" if value else "is empty")
    try:
        if date.fromisoformat(value).year < 1900:
            raise ValueError(f"{value} is before 1900")
    except ValueError as problem:
        raise ValueError(str(problem) if "1900" in str(problem) else f"{value} does not exist") from None
    return value


def day_until(last: date) -> Reader:
    """A date that is not after `last`."""
    limit = last.isoformat()

    def read(cell: str) -> str:
        value = day(cell)
        if value > limit:
            raise ValueError(f"{value} is in the future")
        return value

    return read


def moment_until(last: date) -> Reader:
    """A timestamp such as 2026-03-01T14:30:00Z, or with another offset; normalized to UTC.

    Allows a day after `last`, for inaccurate clocks. A date alone means its midnight; a missing offset means UTC.
    """
    limit = datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=2)

    @lru_cache(maxsize=65536)
    def read(cell: str) -> str:
        value = cell.strip()
        if not MOMENT.fullmatch(value):
            raise ValueError(f"{shown(value)} is not a date and time like 2026-03-01T14:30:00Z")
        try:
            found = datetime.fromisoformat(value)
            found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError(f"{shown(value)} does not exist") from None
        if found.year < 1900:
            raise ValueError(f"{shown(value)} is before 1900")
        if found > limit:
            raise ValueError(f"{shown(value)} is in the future")
        return found.isoformat()

    return read


def month(cell: str) -> str:
    """A month from 1 to 12; of YYYY-MM only the month is kept."""
    value = MONTH.fullmatch(cell.strip())
    if not value or not 1 <= int(value[1]) <= 12:
        raise ValueError(f"{shown(cell)} is not a month from 1 to 12")
    return str(int(value[1]))


@lru_cache(maxsize=65536)
def points(cell: str) -> str:
    """Points from 0.01 to 9999.99, with at most two decimals."""
    value = cell.strip()
    number = POINTS.fullmatch(value.removeprefix("-"))
    if not number or not (number[1] or number[2]):
        raise ValueError(f"{shown(value)} is not a plain number" if value else "is empty")
    whole, decimals = number[1].lstrip("0"), number[2].rstrip("0")
    if value.startswith("-") or not (whole or decimals):
        raise ValueError(f"{shown(value)} is not greater than 0")
    if len(decimals) > 2:
        raise ValueError(f"{shown(value)} has more than two decimals")
    if len(whole) > 4:
        raise ValueError(f"{shown(value)} is more than 9999.99")
    return f"{whole or 0}.{decimals:0<2}"


def one_of(codes: Collection[str]) -> Reader:
    """One of the known codes."""
    known = frozenset(codes)

    def read(cell: str) -> str:
        value = cell.strip()
        if value not in known:
            raise ValueError(f"{shown(value)} is not known{_meant(value, known)}" if value else "is empty")
        return value

    return read


def some_of(codes: Collection[str]) -> Reader:
    """One or more of the known codes, separated by semicolons; returned sorted and without duplicates."""
    known = frozenset(codes)

    @lru_cache(maxsize=65536)
    def read(cell: str) -> str:
        found = sorted({part.strip() for part in cell.split(";")} - {""})
        if not found:
            raise ValueError("is empty")
        if unknown := [code for code in found if code not in known]:
            remedy = "; separate several with ;" if "," in unknown[0] else _meant(unknown[0], known)
            raise ValueError(f"{shown('; '.join(unknown))} is not known{remedy}")
        return ";".join(found)

    return read


def _meant(value: str, known: Collection[str]) -> str:
    """The known code that differs only in case, spaces or punctuation, as a question to the sender."""
    close = next((code for code in known if _bare(code) == _bare(value)), None)
    return f"; did you mean {shown(close)}?" if close else ""


def _bare(code: str) -> str:
    return "".join(filter(str.isalnum, code.lower()))


def shown(value: str) -> str:
    """A cell as quoted in messages, truncated."""
    value = value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
    return f"“{value}”"
