"""Consistency checks run as set-based queries: checks, their scope and their findings."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction

SHOWN = 100
BATCH = 2_000

# All are counted, but only the first few fetched.
FIRST = """
    SELECT f.key, f.text, COUNT(*) OVER () FROM ({statement}) f (key, text) ORDER BY f.key, f.text LIMIT {shown}
"""
# Most checks find nothing, which the planner can't know: without a cost per row returned, it uses parallel workers.
SNAPSHOT = """
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
    SET LOCAL parallel_tuple_cost = 0;
    SET LOCAL work_mem = '128MB';
"""


@contextmanager
def snapshot() -> Iterator[None]:
    """Read-only snapshot: all reads inside see one moment. Must not be used within a transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SNAPSHOT)
        yield


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is inconsistent; a note is correct but worth a look."""

    app: str
    what: str
    key: int | str
    text: str
    is_note: bool = False

    def __str__(self) -> str:
        return f"{self.app}: {self.what}: {self.key}: {self.text}"


@dataclass(slots=True)
class Findings:
    """All differences of one kind: how many there are, and the first of them."""

    app: str
    what: str
    is_note: bool
    total: int = 0
    first: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class Scope:
    """What checks cover: the day they refer to, the batch size, and whether files are checked too.

    `today` is the current day where it differs from `on`; `tick` is called with the number of rows just checked.
    """

    on: date
    today: date | None = None
    batch: int = BATCH
    files: bool = False
    tick: Callable[[int], None] = lambda rows: None

    @property
    def is_of_another_day(self) -> bool:
        return self.today not in (None, self.on)


@dataclass(frozen=True)
class Check:
    """A named consistency check and the function that runs it."""

    app: str
    what: str
    look: Callable[[Scope], Iterable[Findings]]


def in_sql(app: str, what: str, statement: str, *, is_note: bool = False, **values: Any) -> Check:
    """A check whose SQL selects key and text of each inconsistent row; it may use the parameters `on` and `today`."""

    def look(scope: Scope) -> Iterator[Findings]:
        with connection.cursor() as cursor:
            days = {"on": scope.on, "today": scope.today or scope.on}
            cursor.execute(FIRST.format(statement=statement, shown=SHOWN), {**values, **days})
            rows = cursor.fetchall()
        if rows:
            first = [Difference(app, what, key, text, is_note) for key, text, _total in rows]
            yield Findings(app, what, is_note, rows[0][2], first)

    return Check(app, what, look)


def row_by_row(app: str, what: str, differences: Callable[[Scope], Iterable[Difference]]) -> Check:
    """A check that SQL alone can't express; its differences may be of several kinds."""
    return Check(app, what, lambda scope: gathered(differences(scope)))


def gathered(differences: Iterable[Difference]) -> list[Findings]:
    """Group differences by kind, in order of first appearance; keeps no more of each than is shown."""
    kinds: dict[str, Findings] = {}
    for one in differences:
        findings = kinds.setdefault(one.what, Findings(one.app, one.what, one.is_note))
        findings.total += 1
        if len(findings.first) < SHOWN:
            findings.first.append(one)
    return list(kinds.values())


def each_in_sql(app: str, statements: Mapping[str, str], *, is_note: bool = False, **values: Any) -> tuple[Check, ...]:
    """SQL checks from a mapping of descriptions to statements."""
    return tuple(in_sql(app, what, one, is_note=is_note, **values) for what, one in statements.items())
