"""CSV for spreadsheets, with cells protected against formula injection."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

# Spreadsheets would run text that starts with these as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file-like object that returns what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Stream the CSV line by line; a byte order mark tells Excel that it is UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(header)
    for row in rows:
        yield writer.writerow(map(safe, row))


def safe(cell: Any) -> Any:
    """Prefix text that would start a formula with an apostrophe, the spreadsheets' own marker for text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def unsafe(cell: str) -> str:
    """The text that `safe` has prefixed, in a file of ours that comes back."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
