"""Pages by position instead of number: as quick at the end of a long list as at its start."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan


@dataclass(frozen=True)
class Cursor:
    """The row a page starts after; `backwards` asks for the page before it."""

    day: date
    id: int
    backwards: bool

    def __str__(self) -> str:
        return f"{'b' if self.backwards else 'f'}{self.day:%Y%m%d}-{self.id}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """The cursor of an address, or None where it is not one: then the list starts at its beginning."""
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
    """The same where rows are ordered by a moment."""

    at: datetime
    id: int
    backwards: bool

    def __str__(self) -> str:
        return f"{'b' if self.backwards else 'f'}{(self.at - EPOCH) // MICROSECOND}-{self.id}"

    @classmethod
    def read(cls, text: str) -> "MomentCursor | None":
        """The cursor of an address, or None where it is not one."""
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
    """Some rows and the cursors of their neighbours; None where there are no more."""

    rows: list[Any]
    before: Cursor | None
    after: Cursor | None


def cut(rows: "QuerySet[Any, Any]", *, day: str, key: str, cursor: Cursor | None, size: int) -> Slice:
    """Up to `size` dictionaries in the order of day and key: both are compared at once, as an index does it."""
    backwards = cursor is not None and cursor.backwards
    if cursor is not None:
        beyond = TupleLessThan if backwards else TupleGreaterThan
        rows = rows.filter(beyond(Tuple(day, key), (cursor.day, cursor.id)))
    order = [f"-{day}", f"-{key}"] if backwards else [day, key]
    found = list(rows.order_by(*order)[: size + 1])
    more, found = len(found) > size, found[:size]
    found = found[::-1] if backwards else found
    has_before, has_after = (more, True) if backwards else (cursor is not None, more)
    return Slice(
        rows=found,
        before=Cursor(found[0][day], found[0][key], True) if found and has_before else None,
        after=Cursor(found[-1][day], found[-1][key], False) if found and has_after else None,
    )
