"""What is not as it must be, looked for set by set: checks, what they look at, and what they find."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction

SHOWN = 100
BATCH = 2_000

# All of them are counted, and only the first ones fetched, however many there are.
FIRST = """
    SELECT f.key, f.text, COUNT(*) OVER () FROM ({statement}) f (key, text) ORDER BY f.key, f.text LIMIT {shown}
"""
# Most checks find nothing, which the planner can't know: without a price on each row found, several processes look.
SNAPSHOT = """
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
    SET LOCAL parallel_tuple_cost = 0;
    SET LOCAL work_mem = '128MB';
"""


@contextmanager
def snapshot() -> Iterator[None]:
    """All that is read in here is of one moment, and nothing can be written; expects to be in no transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SNAPSHOT)
        yield


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not as it must be; a note is right, and yet worth a look."""

    app: str
    what: str
    key: int | str
    text: str
    is_note: bool = False

    def __str__(self) -> str:
        return f"{self.app}: {self.what}: {self.key}: {self.text}"


@dataclass(slots=True)
class Findings:
    """What there is of one kind: how many in all, and the first of them."""

    app: str
    what: str
    is_note: bool
    total: int = 0
    first: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class Scope:
    """What checks look at: the Board's day, how many rows at a time, documents too; `tick` is told how many were.

    `today` is where it differs from the day all is seen from.
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
    """One thing that must not be, in words, and how it is looked for."""

    app: str
    what: str
    look: Callable[[Scope], Iterable[Findings]]


def in_sql(app: str, what: str, statement: str, *, is_note: bool = False, **values: Any) -> Check:
    """A check whose statement selects a key and a text of each row it finds; `on` and `today` are days in it."""

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
    """A check that SQL alone can't make; what it finds may be of several kinds."""
    return Check(app, what, lambda scope: gathered(differences(scope)))


def gathered(differences: Iterable[Difference]) -> list[Findings]:
    """Differences by kind, in the order in which the kinds come up; no more is kept of them than is shown."""
    kinds: dict[str, Findings] = {}
    for one in differences:
        findings = kinds.setdefault(one.what, Findings(one.app, one.what, one.is_note))
        findings.total += 1
        if len(findings.first) < SHOWN:
            findings.first.append(one)
    return list(kinds.values())


def each_in_sql(app: str, statements: Mapping[str, str], *, is_note: bool = False, **values: Any) -> tuple[Check, ...]:
    """Checks from statements by what they look for."""
    return tuple(in_sql(app, what, one, is_note=is_note, **values) for what, one in statements.items())
