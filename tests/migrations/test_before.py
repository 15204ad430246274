"""Rolling upgrades: the previous release keeps working on today's schema, for every table it knows."""

import pytest
from django.db import connection, models
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader

from tests import factories
from tests.migrations.before import Before
from tests.migrations.test_migrations import RELEASED

FACTORIES = [made for name, made in sorted(vars(factories).items()) if name.endswith("Factory")]


@pytest.fixture(scope="module")
def loader():
    return MigrationLoader(None)


@pytest.fixture
def rows(db):
    """Of every table, as the version of today writes them."""
    for made in FACTORIES:
        made()
    with connection.cursor() as cursor:
        # A table with work left to do cannot be altered; and who refers to a row is asked at the end again.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_the_version_before_goes_on(rows, loader):
    assert Before(loader, RELEASED).faults() == {}


def test_every_table_of_the_version_before_has_a_row(rows, loader):
    empty = [model._meta.label for model in Before(loader, RELEASED).tables if not model._base_manager.exists()]

    assert empty == []


def changed(loader, operation, app="accounts"):
    """The schema of today after one more migration, told of by what the version before can no longer do."""
    before, after = loader.project_state(), loader.project_state()
    operation.state_forwards(app, after)
    with connection.schema_editor() as editor:
        operation.database_forwards(app, editor, before, after)
    return Before(loader, RELEASED).faults()


NEEDED = models.CharField(max_length=9, default="")
NO_MAIL = models.CheckConstraint(condition=models.Q(channel="never"), name="no_mail")
SHORT = models.CharField(max_length=40)


@pytest.mark.parametrize(
    ("table", "fault", "operation"),
    [
        ("accounts.Preference", "insert: null value", operations.AddField("preference", "added", NEEDED)),
        ("accounts.Preference", "read: column", operations.RemoveField("preference", "channel")),
        ("accounts.Preference", "read: column", operations.RenameField("preference", "channel", "way")),
        ("accounts.Preference", "read: relation", operations.RenameModel("Preference", "Wish")),
        ("accounts.Preference", "read: relation", operations.DeleteModel("Preference")),
        ("accounts.Preference", "channel = ", operations.AddConstraint("preference", NO_MAIL)),
        ("accounts.StaffIdentity", "issuer = ", operations.AlterField("staffidentity", "issuer", SHORT)),
    ],
    ids=lambda one: one.describe() if isinstance(one, operations.base.Operation) else "",
)
def test_is_found(rows, loader, table, fault, operation):
    faults = changed(loader, operation)

    assert table in faults
    assert any(each.startswith(fault) for each in faults[table]), faults
