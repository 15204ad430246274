"""Rows for spreadsheets: as CSV, with cells that no program takes for a formula."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """One line of CSV at a time, however many there are; a byte order mark tells Excel that it is UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(header)
    for row in rows:
        yield writer.writerow(map(safe, row))


def safe(cell: Any) -> Any:
    """A text that would start a formula begins with an apostrophe, as spreadsheets themselves write text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
