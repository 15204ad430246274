"""Reference data: tables kept in TOML files and upserted into the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Model

from cmp_portal.lib import toml
from cmp_portal.lib.texts import read_text

Key = tuple[object, ...]
NO_LIMITS: Mapping[str, str] = {}
Row = Mapping[str, Any]

# How a value is written, by the field it is for; other fields check their values themselves.
WRITTEN: tuple[tuple[type, type, str], ...] = (
    (models.BooleanField, bool, "true or false, without quotes"),
    (models.DateField, date, "a date without quotes, such as 2026-01-01"),
    (models.IntegerField, int, "a whole number without quotes"),
    (models.CharField, str, "text in quotes"),
    (models.TextField, str, "text in quotes"),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did to one table; rows only in the database belong to the Board and stay."""

    table: str
    added: int
    changed: int
    unchanged: int

    def __str__(self) -> str:
        return f"{self.table}: {self.added} added, {self.changed} changed, {self.unchanged} unchanged"


class UnusableReference(Exception):
    """A file of reference data can't be used; the message says where, and what to do."""


def rows_of(file: Path, table: str, *, need: Sequence[str] = (), others: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The rows of one array of tables in a TOML file, all with the keys in `need`; raises UnusableReference.

    `others` are the arrays that the file has besides.
    """
    try:
        found = toml.parse(read_text(file))
    except toml.NotToml as refusal:
        raise UnusableReference(f"{file.name}: {refusal.place}: {refusal}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UnusableReference(f"{file.name}: line {line}: not UTF-8; save the file as UTF-8") from None
    for name in found.keys() - {table, *others}:
        raise UnusableReference(f"{file.name}: {name}: unknown; start each row with [[{table}]]")
    rows = found.get(table)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnusableReference(f"{file.name}: {table}: no rows; start each with [[{table}]]")
    for number, row in enumerate(rows, start=1):
        for key in need:
            if key not in row:
                raise UnusableReference(f"{file.name}: {table} {number}: {key}: missing key; add it")
    return rows


def numbered(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Add each row's place in the file as `position`, so that lists keep the file's order."""
    return [{**row, "position": position} for position, row in enumerate(rows, start=1)]


def upsert(
    model: type[Model],
    rows: Sequence[Row],
    *,
    key: Sequence[str] = ("code",),
    limits: Mapping[str, str] = NO_LIMITS,
) -> Loaded:
    """Insert new rows and update those that differ, in at most two statements; raises UnusableReference.

    `limits` says, by the names of constraints, what a row must be like.
    """
    _check(model, rows, key)
    kept = {_values(each, key): each for each in model._default_manager.all()}
    wanted = {_values(each, key): each for each in (model(**row) for row in rows)}
    given = sorted({name for row in rows for name in row} - set(key))
    added = [each for name, each in wanted.items() if name not in kept]
    changed = [each for name, each in wanted.items() if name in kept and _differ(each, kept[name], given)]
    for each in changed:
        each.pk = kept[_values(each, key)].pk
    _write(model, added, changed, given, limits=limits)
    return Loaded(_title(model), len(added), len(changed), len(wanted) - len(added) - len(changed))


def add_missing(
    model: type[Model], rows: Sequence[Row], *, key: Sequence[str], limits: Mapping[str, str] = NO_LIMITS
) -> Loaded:
    """Insert new rows and leave existing ones alone, since the Board maintains them; raises UnusableReference."""
    _check(model, rows, key)
    kept = {_values(each, key) for each in model._default_manager.all()}
    added = [each for each in (model(**row) for row in rows) if _values(each, key) not in kept]
    _write(model, added, limits=limits)
    return Loaded(_title(model), len(added), 0, len(rows) - len(added))


def _write(
    model: type[Model],
    added: Sequence[Model],
    changed: Sequence[Model] = (),
    given: Sequence[str] = (),
    *,
    limits: Mapping[str, str],
) -> None:
    try:
        with transaction.atomic():
            model._default_manager.bulk_create(added)
            if changed:
                model._default_manager.bulk_update(changed, given)
    except IntegrityError as error:
        raise UnusableReference(_refused(model, [*added, *changed], error, limits)) from None


# --- Refusals ---------------------------------------------------------------------------------------------------------


def _refused(model: type[Model], rows: Iterable[Model], error: IntegrityError, limits: Mapping[str, str]) -> str:
    """The first row that breaks the constraint the database named, and what the row must be like."""
    broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    for constraint in model._meta.constraints:
        if constraint.name != broken or broken not in limits:
            continue
        for row in rows:
            try:
                constraint.validate(model, row)
            except ValidationError:
                return f"{_title(model)}: {row}: {limits[broken]}"
    return f"{_title(model)}: a value is not allowed ({broken}); correct the row"


def _check(model: type[Model], rows: Sequence[Row], key: Sequence[str]) -> None:
    """Raise UnusableReference for the first unknown or missing key, invalid value, or repeated row."""
    needed = [field.attname for field in model._meta.concrete_fields if _is_needed(field)]
    seen: set[Key] = set()
    for number, row in enumerate(rows, start=1):
        name = None if key[0].endswith("_id") else row.get(key[0])
        where = f"{_title(model)}: {name or f'row {number}'}"
        for name in row:
            _check_value(_field(model, name), row[name], where)
        for name in needed:
            if row.get(name) is None:
                raise UnusableReference(f"{where}: {name}: missing key; add it")
        values = tuple(row.get(name) for name in key)
        if values in seen:
            raise UnusableReference(f"{where}: {', '.join(key)}: used twice; give each row its own")
        seen.add(values)


def _field(model: type[Model], name: str) -> "models.Field[Any, Any]":
    try:
        return model._meta.get_field(name.removesuffix("_id"))  # type: ignore[return-value]
    except FieldDoesNotExist:
        known = ", ".join(field.name for field in model._meta.concrete_fields if not field.primary_key)
        raise UnusableReference(f"{_title(model)}: {name}: unknown key; use one of: {known}") from None


def _is_needed(field: "models.Field[Any, Any]") -> bool:
    return not (field.primary_key or field.null or field.blank or field.has_default())


def _check_value(field: "models.Field[Any, Any]", value: object, where: str) -> None:
    if value is None or field.is_relation:
        return
    for kind, written, told in WRITTEN:
        if isinstance(field, kind) and type(value) is not written:
            raise UnusableReference(f"{where}: {field.name}: must be {told}")
    try:
        field.clean(value, None)
    except ValidationError as refusal:
        raise UnusableReference(f"{where}: {field.name}: {' '.join(refusal.messages)}") from None


# --- Rows -------------------------------------------------------------------------------------------------------------


def _title(model: type[Model]) -> str:
    return str(model._meta.verbose_name_plural)


def _values(row: Model, names: Sequence[str]) -> Key:
    return tuple(getattr(row, name) for name in names)


def _differ(one: Model, other: Model, names: Sequence[str]) -> bool:
    return _values(one, names) != _values(other, names)
