"""The doctor's checks of the database server and its schema."""

from contextlib import closing

import pytest
from django.db import connection

from cmp_portal.lib import clock
from cmp_portal.operations.doctor import database
from cmp_portal.operations.doctor.findings import Level


@pytest.mark.django_db
@pytest.mark.parametrize("check", database.CHECKS)
def test_the_database_is_well(check):
    assert [one.level for one in check(clock.now())] == [Level.OK]


@pytest.fixture
def of_another_encoding(db, monkeypatch):
    """The doctor at a database beside ours that was made without a word on its encoding, by a server set up so."""
    other = connection.copy()
    other.settings_dict["NAME"] = "of_another_encoding"
    with closing(connection.copy()) as beside:
        beside.cursor().execute("CREATE DATABASE of_another_encoding TEMPLATE template0 ENCODING SQL_ASCII LOCALE 'C'")
        monkeypatch.setattr(database, "connection", other)
        yield
        other.close()
        beside.cursor().execute("DROP DATABASE of_another_encoding")


def test_another_encoding_than_that_of_all_names_is_a_problem(of_another_encoding, told):
    assert told(database.encoding) == [("problem", "SQL_ASCII can't store every name")]


@pytest.mark.django_db
def test_a_missing_extension_is_a_problem(told):
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")

    assert told(database.extensions) == [("problem", "pg_trgm missing")]


@pytest.mark.django_db
def test_a_missing_migration_is_a_problem(levels):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audits'")

    assert levels(database.migrations) == ["problem"]


@pytest.mark.django_db
def test_a_clock_that_is_years_off_is_a_problem(levels, now):
    # The clock of the tests stands still, in March 2026; the database's goes on.
    assert levels(database.clocks) == ["problem"]


@pytest.mark.django_db
def test_a_zone_the_database_does_not_know_is_a_problem(levels, settings):
    settings.BOARD_TIME_ZONE = "America/Springfield"

    assert levels(database.time_zone_of_the_database) == ["problem"]
