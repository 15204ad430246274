"""Rolling upgrades: a release's migrations run while the previous release serves, on tables with millions of rows."""

import pytest
from django.contrib.postgres import operations as postgres
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now

from cmp_portal.lib.history import keep_history
from tests.migrations.reading import OURS, faults_of, findings

# The last migration of each app in the release before, whose tables may be in use. Until there is a first release no
# table is: those up to here make them, and nothing was read. Whoever makes a release writes its numbers here.
RELEASED = {"accounts": 18, "audits": 4, "credentials": 6, "declarations": 12, "education": 10}
# What is taken away: "app.migration" and the release whose code no longer used it, which has to be the one before.
NO_LONGER_USED: dict[str, str] = {}
HOLDER = ("accounts", "holder")


@pytest.fixture(scope="module")
def loader():
    return MigrationLoader(None)


def test_no_migration_locks_a_big_table_or_breaks_the_version_before(loader):
    found = findings(loader, after=RELEASED)

    assert {name: faults for name, faults in found.items() if name not in NO_LONGER_USED} == {}


def test_what_is_released_is_there(loader):
    last = {app: max(int(name[:4]) for label, name in loader.graph.nodes if label == app) for app in OURS}

    assert RELEASED.keys() == last.keys()
    assert all(number <= last[app] for app, number in RELEASED.items())


def read(loader, *changes, atomic=True, app="accounts"):
    migration = Migration("0099_read", app)
    migration.operations, migration.atomic = list(changes), atomic
    return list(faults_of(migration, loader.project_state()))


def add(field, model="holder"):
    return operations.AddField(model, "added", field)


def alter(name, field, model="holder"):
    return operations.AlterField(model, name, field)


BY_NAME = models.Index(fields=["last_name"], name="by_name")
NAMED = models.CheckConstraint(condition=~models.Q(last_name=""), name="named")


@pytest.mark.parametrize(
    "change",
    [
        add(models.CharField(max_length=9)),
        add(models.CharField(max_length=9, default="")),
        add(models.DateTimeField(db_default=Now())),
        add(models.CharField(max_length=9, null=True, db_index=True)),
        add(models.CharField(max_length=9, null=True, unique=True)),
        add(models.ForeignKey("accounts.User", models.PROTECT, null=True)),
        add(models.GeneratedField(expression=models.F("id"), output_field=models.BigIntegerField(), db_persist=True)),
        alter("last_name", models.CharField(max_length=1)),
        alter("last_name", models.IntegerField()),
        alter("last_name", models.CharField(max_length=500, db_index=True)),
        operations.AddIndex("holder", BY_NAME),
        postgres.AddIndexConcurrently("holder", BY_NAME),
        operations.AddConstraint("holder", NAMED),
        operations.AddConstraint("holder", models.UniqueConstraint(fields=["last_name"], name="once")),
        operations.RemoveField("holder", "last_name"),
        operations.RenameField("holder", "last_name", "surname"),
        operations.RenameModel("Preference", "Wish"),
        operations.DeleteModel("Preference"),
        operations.RunPython(operations.RunPython.noop),
        operations.RunSQL("UPDATE accounts_holder SET last_name = ''"),
    ],
    ids=lambda change: change.describe(),
)
def test_is_found(loader, change):
    assert len(read(loader, change)) == 1


@pytest.mark.parametrize(
    "change",
    [
        add(models.CharField(max_length=9, null=True)),
        add(models.CharField(max_length=9, db_default="")),
        add(models.ForeignKey("accounts.User", models.PROTECT, null=True, db_index=False)),
        alter("last_name", models.CharField(max_length=500)),
        alter("last_name", models.TextField()),
        postgres.AddConstraintNotValid("holder", NAMED),
        operations.AlterModelOptions("holder", {"verbose_name": "person"}),
        operations.RemoveConstraint("alert", "alert_told_once"),
        *keep_history("accounts_alert"),
    ],
    ids=lambda change: change.describe(),
)
def test_is_harmless(loader, change):
    assert read(loader, change) == []


def test_an_index_beside_the_work_is_harmless(loader):
    assert read(loader, postgres.AddIndexConcurrently("holder", BY_NAME), atomic=False) == []


def test_a_column_that_becomes_needed_is_found(loader):
    (fault,) = read(loader, alter("emailed_at", models.DateTimeField(), "alert"))

    assert "the version before may write none" in fault


def test_a_new_table_may_have_anything(loader):
    made = operations.CreateModel("Fresh", [("id", models.BigAutoField(primary_key=True))])
    needed = operations.AddField("fresh", "needed", models.CharField(max_length=9))
    index = operations.AddIndex("fresh", models.Index(fields=["needed"], name="fresh_needed"))

    assert read(loader, made, needed, index) == []


def test_a_small_table_may_be_locked_for_a_moment(loader):
    index = operations.AddIndex("provider", models.Index(fields=["name"], name="provider_by_name"))

    assert read(loader, index, app="education") == []
