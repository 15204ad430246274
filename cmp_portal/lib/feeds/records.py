"""Records of a feed, cleaned: whatever they come from, each is either good or refused with every reason."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from cmp_portal.lib.feeds.cells import Column

# Of a refused record this much of each cell is kept; the file has the rest.
MOST_KEPT = 1000


class Record(NamedTuple):
    """One data record in the order of the columns; with a reason it is refused, and its cells are as they came."""

    line: int
    cells: Sequence[str]
    reason: str = ""


class Records(Protocol):
    """What an import reads: cleaned records, and the digest of all of them once they are read."""

    columns: Sequence[Column]

    @property
    def bytes_read(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    def __iter__(self) -> Iterator[Record]: ...


def cleaned(
    columns: Sequence[Column], raw: Iterable[tuple[int, Sequence[str], str]], *, there: int | None = None
) -> Iterator[Record]:
    """Lines with their cells in the order of the columns, and with what is wrong with a line already.

    `there`: as many of the first columns are in the file; the others are the same on every line, and read once.
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
    """Bytes as text that any table and any file can hold."""
    text = raw.decode(errors="backslashreplace")
    return "".join(character if character >= " " else f"\\x{ord(character):02x}" for character in text)


def _problems(columns: Sequence[Column], cells: Sequence[str]) -> str:
    """Everything that is wrong with a record, so that it is mended once."""
    problems = []
    for column, cell in zip(columns, cells, strict=True):
        try:
            column.read(cell)
        except ValueError as problem:
            problems.append(f"{column.name}: {problem}")
    return "; ".join(problems)
