"""Raw SQL that violates database constraints; `tests/test_constraints.py` checks that every constraint is covered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.db import Error, connection, transaction

# Names of the constraints and triggers (as "Model.name") covered by a test.
TRIED: set[str] = set()


@dataclass(frozen=True)
class Break:
    """A row, an assignment that violates the constraint, and the closest one that doesn't."""

    constraint: str
    make: Callable[[], Any]
    refused: str
    accepted: str

    def __post_init__(self) -> None:
        TRIED.add(self.constraint)

    def row(self) -> Any:
        """The row to change, next to another of the same kind."""
        if "{table}" in self.refused + self.accepted:
            self.make()
        return self.make()


def each(cases: list[Break]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.constraint)


def tries(*names: str) -> Callable[[Any], Any]:
    """Decorator that registers which constraints or triggers a test covers."""
    TRIED.update(names)
    return lambda test: test


def same(*columns: str) -> str:
    """An assignment that copies the values of the other row."""
    names = ", ".join(columns)
    return f"({names}) = (SELECT {names} FROM {{table}} o WHERE o.{{pk}} <> t.{{pk}} ORDER BY o.{{pk}} LIMIT 1)"


def update(row: Any, assignment: str) -> int:
    """Update one row in raw SQL; returns the number of changed rows."""
    table, pk = row._meta.db_table, row._meta.pk.column
    return run(f"UPDATE {table} t SET {assignment.format(table=table, pk=pk)} WHERE t.{pk} = %s", row.pk)


def insert(model: Any, **columns: Any) -> int:
    names = ", ".join(columns)
    marks = ", ".join("%s" for _ in columns)
    return run(f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks})", *columns.values())


def copy(row: Any, **changed: Any) -> int:
    """Insert a copy of the row with new keys and the given changes."""
    columns = {field.column: field.get_db_prep_save(getattr(row, field.attname), connection) for field in _fields(row)}
    fresh = {"uuid": str(uuid4())} if "uuid" in columns else {}
    return insert(row, **{**columns, **fresh, **changed})


def _fields(row: Any) -> list[Any]:
    return [field for field in row._meta.concrete_fields if not field.primary_key or row._meta.pk.is_relation]


def delete(row: Any) -> int:
    return run(f"DELETE FROM {row._meta.db_table} WHERE {row._meta.pk.column} = %s", row.pk)


def run(sql: str, *params: Any) -> int:
    """Execute a statement, including the checks deferred to commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql, params or None)
        rows = cursor.rowcount
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return rows


@contextmanager
def refused(why: str) -> Iterator[None]:
    """Expect the block to be refused by the named constraint, or by a trigger with this message."""
    with pytest.raises(Error) as refusal, transaction.atomic():
        yield
    said = refusal.value.__cause__.diag
    assert (said.constraint_name or said.message_primary) == why
