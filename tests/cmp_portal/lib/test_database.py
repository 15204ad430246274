"""Persistent connections are checked before reuse."""

import psycopg2
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def another_connection_afterwards():
    connection.ensure_connection()
    yield
    connection.close()


def end(backend: int) -> None:
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory", None)
    other = psycopg2.connect(**{name: parameters[name] for name in ("dbname", "user", "host") if name in parameters})
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
            assert cursor.fetchone() == (True,)
    finally:
        other.close()


def test_a_living_connection_is_usable_and_nothing_is_asked():
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()")
    backend = connection.connection.info.backend_pid

    assert connection.is_usable()

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() == (backend,)


def test_a_connection_that_the_server_ended_is_not():
    end(connection.connection.info.backend_pid)

    assert not connection.is_usable()


def test_a_closed_one_is_not():
    connection.connection.close()

    assert not connection.is_usable()


def test_the_next_request_gets_a_new_one():
    end(connection.connection.info.backend_pid)
    connection.health_check_enabled, connection.health_check_done = True, False

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_one_within_a_transaction_is_asked():
    connection.set_autocommit(False)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

        assert connection.is_usable()
    finally:
        connection.rollback()
        connection.set_autocommit(True)
