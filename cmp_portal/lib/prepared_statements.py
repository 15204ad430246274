"""Prepared statements for ORM queries: compiled once per process and planned once per connection.

    @prepared
    def own(holder):
        return Credential.objects.filter(holder=holder).select_related("credential_type").order_by("id")

    own(7)  # a list of credentials

Building and planning such a query takes longer than running it. Only its values may vary; a list of values counts as
one: `filter(among("cycle", cycles))`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F, Func, Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable, get_related_populators

Row = TypeVar("Row")
Rows = list[tuple[Any, ...]]

# Names of the statements each connection has prepared.
_planned: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class Prepared(Generic[Row]):
    """A compiled ORM query to be called with values; returns what its QuerySet would have returned."""

    def __init__(self, question: Callable[..., QuerySet[Any, Row]]) -> None:
        self.question = question
        self.name = re.sub(r"\W", "_", f"{question.__module__}.{question.__qualname__}")[-60:]
        self.slots = question.__code__.co_argcount

    def __call__(self, *values: Any) -> list[Row]:
        if [] in values:  # nothing is in an empty list
            return []
        return list(self._compiled.rows(ask(self.name, self._compiled.sql, values, self._compiled.constants)))

    @cached_property
    def _compiled(self) -> "Compiled":
        return Compiled(self.question(*(Slot(number + 1) for number in range(self.slots))))


def prepared(question: Callable[..., QuerySet[Any, Row]]) -> Prepared[Row]:
    """Turn a function that returns a QuerySet into one that returns its rows, using a prepared statement."""
    return Prepared(question)


def ask(name: str, statement: str, values: Sequence[Any], constants: Sequence[object] | None = None) -> Rows:
    """Run SQL with parameters $1, $2, … as a prepared statement and return its rows."""
    slots = ", ".join(["%s"] * len(values))
    database = connections[DEFAULT_DB_ALIAS]
    with database.cursor() as cursor:
        _plan(database, name, statement, constants)
        cursor.execute(f"EXECUTE {name}({slots})" if values else f"EXECUTE {name}", values)
        return list(cursor.fetchall())


def among(field: str, slot: Any) -> Any:
    """Condition that the field, an integer key, is in a list."""
    return Among(F(field), slot)


class Slot(Expression):
    """Placeholder for a parameter."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, tuple[str | int, ...]]:
        return f"${self.number}", ()


class Among(Func):
    """An `= ANY` for lists, because Django's `in` has one placeholder per value, hence one statement per list length.

    The list is a subquery: if PostgreSQL saw its length, it would plan the statement anew on each execution.
    """

    template, arg_joiner = "%(expressions)s::bigint[])))", " = ANY(ARRAY(SELECT unnest("
    output_field = BooleanField()


class Compiled:
    """A query compiled once, with what is needed to turn its rows into objects."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self.compiler = queryset.query.get_compiler(queryset.db)
        self.sql, self.constants = self.compiler.as_sql()
        selected = self.compiler.select[: self.compiler.col_count]
        self.converters = self.compiler.get_converters([each[0] for each in selected])
        self.asks_for_objects = queryset._iterable_class is ModelIterable
        if self.asks_for_objects:
            kind = self.compiler.klass_info
            fields = kind["select_fields"]
            self.own = slice(fields[0], fields[-1] + 1)
            self.names = [each[0].target.attname for each in selected[self.own]]
            self.related = get_related_populators(kind, selected, queryset.db)  # type: ignore[call-arg] # of a later Django

    def rows(self, found: Rows) -> Iterable[Any]:
        """Tuples for a values query, else model instances."""
        rows: Iterable[Any] = found
        if self.converters:
            rows = map(tuple, self.compiler.apply_converters(found, self.converters))
        return self._objects(rows) if self.asks_for_objects else rows

    def _objects(self, rows: Iterable[tuple[Any, ...]]) -> Iterable[Any]:
        """Model instances; rows that refer to the same related row share one instance of it."""
        made: dict[tuple[Any, ...], Any] = {}
        model, using = self.compiler.query.model, self.compiler.using
        for row in rows:
            found = _loaded(model, using, self.names, row[self.own])
            for related in self.related:
                self._relate(related, row, found, made)
            for name, place in self.compiler.annotation_col_map.items():
                setattr(found, name, row[place])
            yield found

    def _relate(self, related: Any, row: tuple[Any, ...], found: Any, made: dict[tuple[Any, ...], Any]) -> None:
        key = related, row[related.cols_start + related.pk_idx]
        if (other := made.get(key)) is None and key[1] is not None:
            columns = row[related.cols_start : related.cols_end]
            other = made[key] = _loaded(related.model_cls, related.db, related.init_list, columns)
            for further in related.related_populators:
                self._relate(further, row, other, made)
        related.local_setter(found, other)
        if other is not None:
            related.remote_setter(other, found)


def _loaded(model: type[Model], using: str, names: list[str], values: tuple[Any, ...]) -> Any:
    """What `from_db` returns, filled at once as in unpickling: setting field by field takes several times as long."""
    found = model.__new__(model)
    state = ModelState()
    state.adding, state.db = False, using
    found.__dict__ = {"_state": state, **dict(zip(names, values, strict=True))}
    return found


def _plan(database: BaseDatabaseWrapper, name: str, statement: str, constants: Sequence[object] | None) -> None:
    """Prepare the statement once per connection; bypasses Django's cursor, so that it is not counted as a query."""
    known = _planned.setdefault(database.connection, set())
    if name not in known:
        with database.wrap_database_errors, database.connection.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {statement}", constants or None)
        known.add(name)
