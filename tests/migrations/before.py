"""The previous release on today's schema: whether its own models can still read, write, change and delete rows.

Its models are the state after its last migrations, and know nothing of later ones.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import Error, connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import StateApps

from tests.big_tables import OURS

Model = type[models.Model]
LONG_AGO = date(1900, 1, 1)


class Before:
    """The release whose last migrations have these numbers; packages are taken at today's version."""

    def __init__(self, loader: MigrationLoader, numbers: dict[str, int]) -> None:
        last = [(app, name) for app, name in loader.graph.nodes if app in OURS and int(name[:4]) == numbers[app]]
        packages = [node for node in loader.graph.leaf_nodes() if node[0] not in OURS]
        self.apps: StateApps = loader.project_state([*packages, *last]).apps
        self.tables = [model for model in self.apps.get_models(include_auto_created=True) if is_ours(model)]
        self.events = {}
        self.guards: dict[str, str] = {}
        for model in self.tables:
            if is_history(model):
                self.events[model._meta.get_field("pgh_obj").related_model] = model
            self.guards |= {each.sql.pgid: each.sql.hash for each in getattr(model._meta, "triggers", [])}

    def faults(self) -> dict[str, list[str]]:
        """By table, what the previous release can no longer do with an existing row. Everything is rolled back."""
        found = {model._meta.label: list(self.faults_of(model)) for model in self.tables}
        return {label: faults for label, faults in found.items() if faults}

    def faults_of(self, model: Model) -> Iterator[str]:
        rows: list[models.Model] = []
        yield from refusal("read", lambda: rows.extend(model._base_manager.order_by("-pk")[:1]))
        if is_history(model):  # written by triggers only
            return
        for row in rows:
            yield from self.faults_with(row)
            for field, value in other_values(row):
                yield from refused_change(row, field, value)

    def faults_with(self, row: models.Model) -> Iterator[str]:
        """Problems when the row is inserted anew, updated unchanged, or deleted."""
        for what, do in {"insert": insert, "update": update, "delete": delete}.items():
            yield from refusal(what, lambda do=do: unguarded(do, row))
            yield from refusal(what, lambda do=do: self.kept(do, row), knows=self.refused_as_ever)

    def kept(self, do: Callable[[models.Model], None], row: models.Model) -> None:
        """Run with all triggers, and check that the history records it."""
        if do is insert:
            unguarded(delete, row)
        events = self.events.get(type(row))
        lines = events._base_manager.filter(pgh_obj_id=row.pk) if events else None
        before = lines.count() if lines is not None else 0
        do(row)
        if lines is not None and do is not update and lines.count() == before:
            raise Error("its history does not tell of it")

    def refused_as_ever(self, error: Error) -> bool:
        """Whether an existing, unchanged trigger refused it."""
        context = getattr(getattr(error.__cause__, "diag", None), "context", None) or ""
        return any(f"{name}()" in context and hashes_of_today().get(name) == was for name, was in self.guards.items())


def is_ours(model: Model) -> bool:
    return model._meta.app_label in OURS and model._meta.managed and not model._meta.proxy


def is_history(model: Model) -> bool:
    return model._meta.pk.name == "pgh_id"


def hashes_of_today() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname, obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE NOT tgisinternal")
        return dict(cursor.fetchall())


# --- Its operations -------------------------------------------------------------------------------------------------


def at(row: models.Model) -> models.QuerySet[Any]:
    return type(row)._base_manager.filter(pk=row.pk)


def insert(row: models.Model) -> None:
    type(row)._base_manager.bulk_create([row])


def update(row: models.Model) -> None:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    del values[row._meta.pk.attname]
    if values:
        at(row).update(**values)


def delete(row: models.Model) -> None:
    at(row)._raw_delete(using=connection.alias)


def unguarded(do: Callable[[models.Model], None], row: models.Model) -> None:
    """Run without triggers, which are stricter than the table itself."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        if do is insert:
            delete(row)
        do(row)
        cursor.execute("SET LOCAL session_replication_role = origin")


class Undone(Exception):
    """Raised after success, to roll back."""


def refusal(what: str, do: Callable[[], None], *, knows: Callable[[Error], bool] = lambda _: False) -> Iterator[str]:
    """The database's error, unless the previous release would have got it as well."""
    try:
        with transaction.atomic():
            do()
            raise Undone
    except Undone:
        return
    except Error as error:
        if not knows(error):
            yield f"{what}: {str(error).splitlines()[0]}"


# --- Its values -----------------------------------------------------------------------------------------------------


def refused_change(row: models.Model, field: models.Field, value: Any) -> Iterator[str]:
    """A refused change that the previous release allows; its validation runs last, since few are refused."""
    changed = type(row)(**{each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields})
    changed._state.adding = False
    setattr(changed, field.attname, value)
    what = f"{field.name} = {str(value)[:20]!r}"
    yield from refusal(what, lambda: unguarded(update, changed), knows=lambda _: not was_allowed(changed))


def was_allowed(row: models.Model) -> bool:
    try:
        with transaction.atomic():
            row.validate_unique()
            row.validate_constraints()
    except (ValidationError, Error):
        return False
    return True


def other_values(row: models.Model) -> Iterator[tuple[models.Field, Any]]:
    for field in row._meta.concrete_fields:
        if not field.primary_key and not field.generated:
            yield from ((field, value) for value in values_of(field) if value != getattr(row, field.attname))


def values_of(field: models.Field) -> Iterator[Any]:
    """Edge cases of a column's values."""
    if field.null:
        yield None
    if field.choices:
        yield from (value for value, _label in field.flatchoices)
        return
    match field:
        case models.BooleanField():
            yield from (False, True)
        case models.CharField() | models.TextField():
            if field.blank:
                yield ""
            yield "x" * (field.max_length or 2_000)
        case models.IntegerField() if not field.is_relation:
            yield from (0, connection.ops.integer_field_range(field.get_internal_type())[1])
        case models.DecimalField():
            yield from (0, 10 ** (field.max_digits - field.decimal_places) - 1)
        case models.DateTimeField():
            yield datetime.combine(LONG_AGO, datetime.min.time(), tzinfo=UTC)
        case models.DateField():
            yield LONG_AGO
