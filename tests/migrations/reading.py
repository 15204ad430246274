"""Static analysis of migrations: long locks on tables in use, and changes that break the release still running.

New migrations run while the previous release serves. So each is checked twice: for what PostgreSQL does with a large
table, and for what code written for the previous schema does with the new one.
"""

from collections.abc import Iterator
from itertools import takewhile

from django.contrib.postgres import operations as postgres
from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from tests.big_tables import OURS, is_small

CHECKED_LATER = (postgres.AddConstraintNotValid, postgres.ValidateConstraint)
BESIDE = (postgres.AddIndexConcurrently, postgres.RemoveIndexConcurrently)
# The SQL of keep_history: it refuses TRUNCATE, and changes no row.
KEEPS_HISTORY = ("CREATE OR REPLACE FUNCTION history_is_kept()", "CREATE TRIGGER history_is_kept BEFORE TRUNCATE")
GOES_AWAY = (
    operations.RemoveField,
    operations.DeleteModel,
    operations.RenameField,
    operations.RenameModel,
    operations.AlterModelTable,
)


def findings(loader: MigrationLoader, *, after: dict[str, int]) -> dict[str, list[str]]:
    """Findings by migration, for all migrations after the previous release."""
    names = [(app, name) for app, name in loader.graph.nodes if app in OURS and int(name[:4]) > after.get(app, 0)]
    found = {f"{app}.{name}": list(faults(loader, app, name)) for app, name in sorted(names)}
    return {name: faults for name, faults in found.items() if faults}


def faults(loader: MigrationLoader, app: str, name: str) -> Iterator[str]:
    migration = loader.get_migration(app, name)
    yield from faults_of(migration, loader.project_state((app, name), at_end=False))


def faults_of(migration: Migration, state: ProjectState) -> Iterator[str]:
    made: set[str] = set()
    for operation in migration.operations:
        if isinstance(operation, operations.CreateModel):
            made.add(operation.name_lower)
        elif model_of(operation) not in made:
            before = state.clone()
            operation.state_forwards(migration.app_label, state)
            yield from (f"{operation.describe()}: {fault}" for fault in faults_in(migration, operation, before))
            continue
        operation.state_forwards(migration.app_label, state)


def faults_in(migration: Migration, operation, before: ProjectState) -> Iterator[str]:
    """Problems of one operation on an existing table."""
    big = not is_small(migration.app_label, model_of(operation))
    match operation:
        case operations.RunSQL(sql=str(sql)) if sql.strip().startswith(KEEPS_HISTORY):
            return
        case operations.RunPython() | operations.RunSQL():
            yield "rows are changed by jobs and commands, in batches and again if need be, not by migrations"
        case operations.AddField(field=field):
            yield from faults_of_added(field, big=big)
        case operations.AlterField(field=field):
            old = before.models[migration.app_label, operation.model_name_lower].fields[operation.name]
            yield from faults_of_altered(old, field, big=big)
        case _ if isinstance(operation, GOES_AWAY):
            yield "the version before still uses it"
        case _ if isinstance(operation, BESIDE) and migration.atomic:
            yield "needs a migration that is not atomic"
        case _ if isinstance(operation, BESIDE + CHECKED_LATER):
            return
        case operations.AddIndex() if big:
            yield "locks the table while the index is built: AddIndexConcurrently"
        case operations.AddConstraint(constraint=models.CheckConstraint()) if big:
            yield "locks the table while every row is checked: AddConstraintNotValid, then ValidateConstraint"
        case operations.AddConstraint() if big:
            yield "locks the table while its index is built"


def faults_of_added(field: models.Field, *, big: bool) -> Iterator[str]:
    constant = field.has_db_default() and not hasattr(field.db_default, "resolve_expression")
    if field.many_to_many:
        return
    if isinstance(field, models.GeneratedField):
        if big:
            yield "the table is rewritten"
        return
    if not field.null and not field.has_db_default():
        yield "the version before writes rows without it: null=True or db_default"
    if field.has_db_default() and not constant and big:
        yield "a value of its own for each row rewrites the table"
    if big and (field.unique or field.db_index):
        yield "locks the table while its index is built: db_index=False, then AddIndexConcurrently"


def faults_of_altered(old: models.Field, new: models.Field, *, big: bool) -> Iterator[str]:
    if big and not fits_as_it_is(old, new):
        yield f"the table is rewritten: {column_type(old)} to {column_type(new)}"
    if old.null and not new.null:
        yield "every row is checked under a lock, and the version before may write none"
    if big and (new.unique, new.db_index) > (old.unique, old.db_index):
        yield "locks the table while its index is built"


def fits_as_it_is(old: models.Field, new: models.Field) -> bool:
    """Whether the column type stays the same, or text only gets longer."""
    types = column_type(old), column_type(new)
    if types[0] == types[1]:
        return True
    rooms = [room_of(each) for each in types]
    return None not in rooms and rooms[0] <= rooms[1]


def room_of(kind: str) -> float | None:
    if kind == "text":
        return float("inf")
    if kind.startswith("varchar"):
        return float("".join(takewhile(str.isdigit, kind.removeprefix("varchar("))) or "inf")
    return None


def column_type(field: models.Field) -> str:
    # Outside of a model, a field's relation isn't resolved; every primary key is a number here.
    if field.is_relation and not field.many_to_many:
        return "bigint"
    return field.db_parameters(connection)["type"] or ""


def model_of(operation) -> str:
    return getattr(operation, "model_name_lower", "") or getattr(operation, "name_lower", "")
