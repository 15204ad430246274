"""Stages feeds in the database: one COPY into a temporary table, from which set-based statements merge it.

Every merge leaves a table `judged (line, outcome, reason)` with one row per line, from which the counts, the rejects
and what is to be kept are read. Both tables are dropped with the transaction. Long feeds are merged in chunks, each in
its own transaction; meanwhile their lines are in a temporary table of the session.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields

from django.db import connection, transaction

from cmp_portal.lib.feeds.progress import Progress
from cmp_portal.lib.feeds.records import Record, Records
from cmp_portal.lib.feeds.rejects import Row
from cmp_portal.lib.feeds.sources import UnusableFile
from cmp_portal.lib.statements import execute

# Records contain no control characters, so this one can delimit their cells.
DELIMITER = "\x1f"
ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Counts:
    """The outcome of a feed: each line is in exactly one of these counts."""

    accepted: int = 0
    corrected: int = 0
    duplicate: int = 0
    rejected: int = 0
    unmatched: int = 0

    @property
    def lines(self) -> int:
        return self.accepted + self.corrected + self.duplicate + self.rejected + self.unmatched

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def stage(feed: Records, progress: Progress, *, scratch: Sequence[str] = ()) -> None:
    """Fill the temporary table `staged (line, reason, <columns>)` with every record of the feed.

    `scratch` names the merge's own temporary tables, which an earlier merge in the same transaction may have left.
    """
    _drop(*scratch, "staged", "judged")
    _copy(feed, progress, "staged", "ON COMMIT DROP")
    execute("ANALYZE staged")


@contextmanager
def arrived(feed: Records, progress: Progress) -> Iterator[None]:
    """Keep every record of the feed in a session-level temporary table for the block, to be merged in chunks."""
    with transaction.atomic():
        _drop("arrived", "placed")
        _copy(feed, progress, "arrived", "")
    yield
    _drop("arrived", "placed")


def place(*, key: str, chunk_lines: int) -> dict[int, int]:
    """Sort the arrived lines by `key` and split them into chunks; returns the number of lines per chunk.

    Lines with the same key share a chunk, whatever its size; the same feed is always split the same way.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _drop("placed")
        cursor.execute(
            f"CREATE TEMP TABLE placed AS SELECT *, (rank() OVER (ORDER BY {key}) - 1) / {chunk_lines} AS chunk"  # noqa: S608
            " FROM arrived"
        )
        cursor.execute("SELECT chunk, count(*) FROM placed GROUP BY chunk ORDER BY chunk")
        found = dict(cursor.fetchall())
        if len(found) > 1:
            cursor.execute("CREATE INDEX ON placed (chunk)")
        cursor.execute("ANALYZE placed (chunk)")
        _drop("arrived")
    return found


def stage_chunk(number: int, columns: Sequence[str], *, scratch: Sequence[str] = ()) -> None:
    """Fill `staged` with one chunk of the arrived lines."""
    _drop(*scratch, "staged", "judged")
    execute(
        f"CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT line, reason, {', '.join(columns)} FROM placed"  # noqa: S608
        " WHERE chunk = %(number)s",
        number=number,
    )
    execute("ANALYZE staged (line)")


def stage_records(records: Iterable[tuple[int, Mapping[str, str]]], *, scratch: Sequence[str] = ()) -> None:
    """Fill `staged` with a few valid records, each under its line."""
    lines = [{"line": line, "reason": None, **record} for line, record in records]
    columns = ", ".join("line bigint" if name == "line" else f"{name} text" for name in lines[0])
    _drop(*scratch, "staged", "judged")
    rows = f"SELECT * FROM jsonb_to_recordset(%(lines)s::jsonb) AS r({columns})"  # noqa: S608 (names of columns)
    execute(f"CREATE TEMP TABLE staged ON COMMIT DROP AS {rows}", lines=json.dumps(lines))
    execute("ANALYZE staged")


def reasons() -> dict[int, str]:
    """Reasons of the rejected lines, by line."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT line, reason FROM judged WHERE outcome = 'rejected'")
        return dict(cursor.fetchall())


def _drop(*tables: str) -> None:
    execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{name}' for name in tables)}")


def _copy(feed: Records, progress: Progress, table: str, until: str) -> None:
    columns = ", ".join(f"{column.name} text" for column in feed.columns)
    source = _Source(feed, progress)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {table} (line bigint, reason text, {columns}) {until}")
        try:
            cursor.copy_expert(f"COPY {table} FROM STDIN (DELIMITER E'{DELIMITER}')", source, 1 << 16)
        except Exception as error:
            # COPY reports exceptions of the reader as database errors; re-raise the original.
            raise source.problem or error from None
    progress.clear()


@contextmanager
def checked_at_once() -> Iterator[None]:
    """Check foreign keys row by row in the block, since a long queue of deferred checks slows every row trigger."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    yield
    execute("SET CONSTRAINTS ALL DEFERRED")


def counted() -> Counts:
    """The counts of lines by outcome."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT outcome, count(*) FROM judged GROUP BY outcome")
        return Counts(**dict(cursor.fetchall()))


def refused(columns: Sequence[str]) -> Iterator[Row]:
    """The rejected lines, in file order."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT line, judged.reason, {', '.join(f'staged.{name}' for name in columns)}"  # noqa: S608
            " FROM judged JOIN staged USING (line) WHERE outcome = 'rejected' ORDER BY line"
        )
        for line, reason, *cells in cursor:
            yield line, reason, cells


class _Source:
    """The feed as a file object for COPY."""

    def __init__(self, feed: Records, progress: Progress) -> None:
        self._feed, self._progress = feed, progress
        self._records = iter(feed)
        self._taken = 0
        self.problem: UnusableFile | OSError | None = None

    def read(self, size: int) -> str:
        """About `size` characters of whole rows; empty at the end."""
        rows: list[str] = []
        length = 0
        try:
            for record in self._records:
                row = _row(record)
                rows.append(row)
                length += len(row)
                if length >= size:
                    break
        except (UnusableFile, OSError) as problem:
            self.problem = problem
            raise
        self._taken += len(rows)
        self._progress.show(self._feed.bytes_read, self._taken)
        return "".join(rows)


def _row(record: Record) -> str:
    cells = DELIMITER.join(record.cells)
    reason = record.reason.translate(ESCAPES) if record.reason else "\\N"
    if "\\" in cells or "\n" in cells or "\r" in cells:
        cells = cells.translate(ESCAPES)
    return f"{record.line}{DELIMITER}{reason}{DELIMITER}{cells}\n"
