"""Reference data: tables kept in TOML files and upserted into the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model

from cmp_portal.lib import toml
from cmp_portal.lib.texts import read_text

Key = tuple[object, ...]
Row = Mapping[str, Any]


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


def rows_of(file: Path, table: str) -> list[dict[str, Any]]:
    """The rows of one array of tables in a TOML file; raises UnusableReference."""
    try:
        rows: list[dict[str, Any]] = toml.parse(read_text(file))[table]
    except toml.NotToml as refusal:
        raise UnusableReference(f"{file.name}: {refusal.place}: {refusal}") from None
    return rows


def numbered(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Add each row's place in the file as `position`, so that lists keep the file's order."""
    return [{**row, "position": position} for position, row in enumerate(rows, start=1)]


def upsert(model: type[Model], rows: Sequence[Row], *, key: Sequence[str] = ("code",)) -> Loaded:
    """Insert new rows and update those that differ, in at most two statements; raises UnusableReference."""
    _check_keys(model, rows)
    kept = {_values(each, key): each for each in model._default_manager.all()}
    wanted = {_values(each, key): each for each in (model(**row) for row in rows)}
    given = sorted({name for row in rows for name in row} - set(key))
    added = [each for name, each in wanted.items() if name not in kept]
    changed = [each for name, each in wanted.items() if name in kept and _differ(each, kept[name], given)]
    model._default_manager.bulk_create(added)
    for each in changed:
        each.pk = kept[_values(each, key)].pk
    if changed:
        model._default_manager.bulk_update(changed, given)
    title = str(model._meta.verbose_name_plural)
    return Loaded(title, len(added), len(changed), len(wanted) - len(added) - len(changed))


def _check_keys(model: type[Model], rows: Sequence[Row]) -> None:
    for name in dict.fromkeys(name for row in rows for name in row):
        try:
            model._meta.get_field(name.removesuffix("_id"))
        except FieldDoesNotExist:
            known = ", ".join(field.name for field in model._meta.concrete_fields if not field.primary_key)
            title = model._meta.verbose_name_plural
            raise UnusableReference(f"{title}: {name}: unknown key; use one of: {known}") from None


def add_missing(model: type[Model], rows: Sequence[Row], *, key: Sequence[str]) -> Loaded:
    """Insert new rows and leave existing ones alone, since the Board maintains them from then on."""
    kept = {_values(each, key) for each in model._default_manager.all()}
    added = [each for each in (model(**row) for row in rows) if _values(each, key) not in kept]
    model._default_manager.bulk_create(added)
    return Loaded(str(model._meta.verbose_name_plural), len(added), 0, len(rows) - len(added))


def _values(row: Model, names: Sequence[str]) -> Key:
    return tuple(getattr(row, name) for name in names)


def _differ(one: Model, other: Model, names: Sequence[str]) -> bool:
    return _values(one, names) != _values(other, names)
