"""Strips tables of indexes, foreign keys and triggers for a bulk load.

Row by row, 30 million random UUIDs in a B-tree and four foreign keys per row cost ten times as much as the rows. So
indexes, unique constraints and foreign keys are dropped and recreated afterwards, each as a single sort or join;
recreating a foreign key also checks it. The portal's triggers are disabled meanwhile: they would write a history row
per row, and their checks are made up for by the reconciliation at the end. All of this is transactional DDL in the
loading transaction: whatever fails or is killed, everything is restored. Until then nobody else can use the tables.
Primary keys stay (other tables refer to them, and ascending keys cost little), as do CHECK constraints.
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
# A table can't be altered while deferred checks on it are pending.
SETTLE = ("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def bare(tables: Sequence[str], *, say: Callable[[str], None]) -> Iterator[None]:
    """Drop indexes, foreign keys and triggers for the block, then restore them; requires a transaction."""
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
    """Disable the portal's triggers for the block; on an error, the rollback enables them again."""
    _run(*(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables))
    yield
    _run(*SETTLE)
    _run(*(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables))


def _rows(query: str, tables: Sequence[str]) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [list(tables)])
        return list(cursor.fetchall())


def _run(*statements: str) -> None:
    """Run statements taken from the catalog; without parameters, so that percent signs are literal."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
