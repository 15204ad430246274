"""Questions that page after page asks: put together once, planned once for each connection; only their values differ.

    @prepared
    def own(holder):
        return Credential.objects.filter(holder=holder).select_related("credential_type").order_by("id")

    own(7)  # a list of credentials

Putting such a question together and planning it takes longer than answering it. What it is made of must always be the
same, but for its values; several of them are one value: `filter(among("cycle", cycles))`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.models import BooleanField, Expression, F, Func, QuerySet
from django.db.models.query import ModelIterable, get_related_populators

Row = TypeVar("Row")
Rows = list[tuple[Any, ...]]

# What each connection has planned already.
_planned: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class Prepared(Generic[Row]):
    """A question of the ORM, ready to be asked with other values; its answer is what the QuerySet would have found."""

    def __init__(self, question: Callable[..., QuerySet[Any, Row]]) -> None:
        self.question = question
        self.name = re.sub(r"\W", "_", f"{question.__module__}.{question.__qualname__}")[-60:]
        self.slots = question.__code__.co_argcount

    def __call__(self, *values: Any) -> list[Row]:
        if [] in values:  # among nothing there is nothing
            return []
        return list(self._compiled.rows(ask(self.name, self._compiled.sql, values, self._compiled.constants)))

    @cached_property
    def _compiled(self) -> "Compiled":
        return Compiled(self.question(*(Slot(number + 1) for number in range(self.slots))))


def prepared(question: Callable[..., QuerySet[Any, Row]]) -> Prepared[Row]:
    """Makes a function that returns a QuerySet one that returns its rows, asked as a prepared statement."""
    return Prepared(question)


def ask(name: str, statement: str, values: Sequence[Any], constants: Sequence[object] | None = None) -> Rows:
    """The answer to SQL with $1, $2 and so on for its values."""
    slots = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        _plan(name, statement, constants)
        cursor.execute(f"EXECUTE {name}({slots})" if values else f"EXECUTE {name}", values)
        return list(cursor.fetchall())


def among(field: str, slot: Any) -> Any:
    """A condition: the field, a key, is one of the values in a list."""
    return Among(F(field), slot)


class Slot(Expression):
    """The place of a value."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, tuple[str | int, ...]]:
        return f"${self.number}", ()


class Among(Func):
    """Django's own `in` writes one place for each value, which would be another statement for each number of them.

    The list is a question of its own: where PostgreSQL sees how long it is, it plans anew each time it is asked.
    """

    template, arg_joiner = "%(expressions)s::bigint[])))", " = ANY(ARRAY(SELECT unnest("
    output_field = BooleanField()


class Compiled:
    """What the ORM makes of a question once, to make objects of its rows ever after."""

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
        """Tuples where the question asks for values, else objects of its model."""
        rows: Iterable[Any] = found
        if self.converters:
            rows = map(tuple, self.compiler.apply_converters(found, self.converters))
        return self._objects(rows) if self.asks_for_objects else rows

    def _objects(self, rows: Iterable[tuple[Any, ...]]) -> Iterable[Any]:
        """Rows that refer to the same one share its object, which is made once."""
        made: dict[tuple[Any, ...], Any] = {}
        model, using = self.compiler.query.model, self.compiler.using
        for row in rows:
            found = model.from_db(using, self.names, row[self.own])
            for related in self.related:
                self._relate(related, row, found, made)
            for name, place in self.compiler.annotation_col_map.items():
                setattr(found, name, row[place])
            yield found

    def _relate(self, related: Any, row: tuple[Any, ...], found: Any, made: dict[tuple[Any, ...], Any]) -> None:
        key = related, row[related.cols_start + related.pk_idx]
        if (other := made.get(key)) is None and key[1] is not None:
            columns = row[related.cols_start : related.cols_end]
            other = made[key] = related.model_cls.from_db(related.db, related.init_list, columns)
            for further in related.related_populators:
                self._relate(further, row, other, made)
        related.local_setter(found, other)
        if other is not None:
            related.remote_setter(other, found)


def _plan(name: str, statement: str, constants: Sequence[object] | None) -> None:
    """Once on a connection, and not through Django's cursor: it is not among a page's questions."""
    known = _planned.setdefault(connection.connection, set())
    if name not in known:
        with connection.wrap_database_errors, connection.connection.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {statement}", constants or None)
        known.add(name)
