"""Keyset pagination: the end of a long list is as fast as its start."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

Row = TypeVar("Row")


@dataclass(frozen=True)
class Cursor:
    """The row after which a page starts; with `backwards`, the row before which it ends."""

    day: date
    id: int
    backwards: bool

    def __str__(self) -> str:
        return f"{'b' if self.backwards else 'f'}{self.day:%Y%m%d}-{self.id}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """Parse a cursor from a URL; None if malformed, which starts the list at its beginning."""
        way, day, _, number = text[:1], text[1:9], text[9:10], text[10:29]
        if way not in {"b", "f"} or not (day.isascii() and day.isdigit() and number.isascii() and number.isdigit()):
            return None
        try:
            return cls(date(int(day[:4]), int(day[4:6]), int(day[6:])), int(number), way == "b")
        except (ValueError, IndexError):
            return None


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class MomentCursor:
    """A cursor for rows ordered by a timestamp."""

    at: datetime
    id: int
    backwards: bool

    def __str__(self) -> str:
        return f"{'b' if self.backwards else 'f'}{(self.at - EPOCH) // MICROSECOND}-{self.id}"

    @classmethod
    def read(cls, text: str) -> "MomentCursor | None":
        """Parse a cursor from a URL; None if malformed."""
        way, (moment, _, number) = text[:1], text[1:40].partition("-")
        is_one = way in {"b", "f"} and all(part.isascii() and part.isdigit() for part in (moment, number))
        if not is_one or len(number) > 18:
            return None
        try:
            return cls(EPOCH + int(moment) * MICROSECOND, int(number), way == "b")
        except OverflowError:
            return None


@dataclass(frozen=True)
class Slice:
    """A page of rows and the cursors of the previous and next pages; None where there is none."""

    rows: list[Any]
    before: Cursor | None
    after: Cursor | None


@dataclass(frozen=True)
class Pager:
    """The URLs of the previous and next pages of a list, empty where there is none; `text` says where one is."""

    previous_url: str
    next_url: str
    text: str = ""


def cut(rows: "QuerySet[Any, Any]", *, day: str, key: str, cursor: Cursor | None, size: int) -> Slice:
    """A page of up to `size` dictionaries, ordered by day and key; compared as a tuple, so that an index serves it."""
    backwards = cursor is not None and cursor.backwards
    if cursor is not None:
        beyond = TupleLessThan if backwards else TupleGreaterThan
        rows = rows.filter(beyond(Tuple(day, key), (cursor.day, cursor.id)))
    order = [f"-{day}", f"-{key}"] if backwards else [day, key]
    found, has_before, has_after = trimmed(list(rows.order_by(*order)[: size + 1]), cursor=cursor, size=size)
    return Slice(
        rows=found,
        before=Cursor(found[0][day], found[0][key], True) if has_before else None,
        after=Cursor(found[-1][day], found[-1][key], False) if has_after else None,
    )


def trimmed(found: list[Row], *, cursor: Cursor | MomentCursor | None, size: int) -> tuple[list[Row], bool, bool]:
    """Up to `size` rows in the order of the list, and whether it has any before and after them.

    `found` has one row more than the page if there are that many, read from the cursor on in its direction.
    """
    more, rows = len(found) > size, found[:size]
    if cursor is not None and cursor.backwards:
        return rows[::-1], bool(rows) and more, bool(rows)
    return rows, bool(rows) and cursor is not None, more
