"""Tables without what slows a bulk load down.

Row by row, 30 million random UUIDs in a B-tree and four foreign keys of each row cost ten times what the rows do. So
indexes, unique constraints and foreign keys are dropped and made again over all rows at once, where each is one sort or
one join; a foreign key made again is a foreign key checked. The triggers of ours rest meanwhile: they would write a
row of history for each row, and their sums are what the reconciliation at the end does over everything. All of it is
transactional DDL of the transaction that loads: whatever fails or is killed, they are back. Nobody else can use the
tables until then. Primary keys stay (other tables refer to them, and ascending keys cost little), CHECKs too.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

CONSTRAINTS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
      FROM pg_constraint WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('u', 'x', 'f')
     ORDER BY contype = 'f', conrelid::regclass::text, conname
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
      FROM pg_index i
     WHERE indrelid = ANY(%s::regclass[])
       AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
     ORDER BY 1
"""
# A table is not altered while deferred checks on it wait.
SETTLE = ("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def bare(tables: Sequence[str], *, say: Callable[[str], None]) -> Iterator[None]:
    """The tables without indexes, foreign keys and triggers of ours in here; expects to be in a transaction."""
    _run(*SETTLE)
    constraints, indexes = _rows(CONSTRAINTS, tables), _rows(INDEXES, tables)
    _run(*(f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name, _definition in reversed(constraints)))
    _run(*(f"DROP INDEX {name}" for name, _definition in indexes))
    with resting(tables):
        yield
    say("indexes")
    _run(*(definition for _name, definition in indexes))
    say("constraints")
    _run(*(f"ANALYZE {table}" for table in tables))
    _run(*(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in constraints))


@contextmanager
def resting(tables: Sequence[str]) -> Iterator[None]:
    """The tables with our triggers at rest in here; where it ends in an error, the rollback wakes them."""
    _run(*(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables))
    yield
    _run(*SETTLE)
    _run(*(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables))


def _rows(query: str, tables: Sequence[str]) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [list(tables)])
        return list(cursor.fetchall())


def _run(*statements: str) -> None:
    """Statements of the catalogue's own words; a percent sign in them is one."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
