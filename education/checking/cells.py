"""Readers for the cells of a credits or shares file; codes are not looked up anywhere."""

import re
from collections.abc import Callable
from datetime import date

from cmp_portal.lib.feeds import cells
from cmp_portal.lib.feeds.cells import Column

LONGEST = 1000
ZERO = re.compile(r"0+\.?0*|\.0+")


def day(cell: str) -> str:
    """A date as YYYY-MM-DD."""
    value = cell.strip()
    if not cells.DAY.fullmatch(value):
        raise ValueError(f"{cells.shown(value)} is not a date in the form YYYY-MM-DD" if value else "is empty")
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value} does not exist") from None
    return value


def points(cell: str) -> str:
    """Points from 0.00 to 9999.99, with at most two decimals."""
    return "0.00" if ZERO.fullmatch(cell.strip()) else cells.points(cell)


def codes(cell: str) -> str:
    """Codes separated by semicolons; may be empty."""
    return ";".join(sorted({part.strip() for part in cell.split(";")} - {""}))


def _text(*, empty: bool) -> Callable[[str], str]:
    return cells.text(LONGEST, empty=empty)


CREDIT_COLUMNS = (
    Column("id", _text(empty=False)),
    Column("title", _text(empty=True)),
    Column("kind", _text(empty=True)),
    Column("subjects", codes),
    Column("provider", _text(empty=True)),
    Column("completed_on", day),
    Column("points", points),
)
SHARE_COLUMNS = (
    Column("credit", _text(empty=False)),
    Column("area", _text(empty=False)),
    Column("points", points),
)
