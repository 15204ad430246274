"""Cleaned records of a feed, whatever its format: each is valid, or rejected with all reasons."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from cmp_portal.lib.feeds.cells import Column

# How much of each cell of a rejected record is kept; the file has the rest.
MOST_KEPT = 1000


class Record(NamedTuple):
    """A data record, its cells in column order; one with a reason is rejected, with its cells as received."""

    line: int
    cells: Sequence[str]
    reason: str = ""


class Records(Protocol):
    """A feed as imports read it: cleaned records, then the digest of the whole input."""

    columns: Sequence[Column]

    @property
    def bytes_read(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    def __iter__(self) -> Iterator[Record]: ...


def cleaned(
    columns: Sequence[Column], raw: Iterable[tuple[int, Sequence[str], str]], *, there: int | None = None
) -> Iterator[Record]:
    """Validate raw records of (line, cells in column order, error so far).

    `there`: how many of the first columns are in the file; the others are empty on every line, and read only once.
    """
    readers = [column.read for column in columns[:there]]
    absent = [column.read("") for column in columns[len(readers) :]]
    for line, cells, reason in raw:
        try:
            good = not reason and [read(cell) for read, cell in zip(readers, cells, strict=False)]
        except ValueError:
            good, reason = False, _problems(columns, cells)
        yield Record(line, good + absent) if good else Record(line, [cell[:MOST_KEPT] for cell in cells], reason)


def visible(raw: bytes) -> str:
    """Bytes as printable text that any table and file can hold."""
    text = raw.decode(errors="backslashreplace")
    return "".join(character if character >= " " else f"\\x{ord(character):02x}" for character in text)


def _problems(columns: Sequence[Column], cells: Sequence[str]) -> str:
    """All errors of a record, so that the sender can fix them at once."""
    problems = []
    for column, cell in zip(columns, cells, strict=True):
        try:
            column.read(cell)
        except ValueError as problem:
            problems.append(f"{column.name}: {problem}")
    return "; ".join(problems)
