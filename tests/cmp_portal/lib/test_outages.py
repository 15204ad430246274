import errno

import psycopg2
import pytest
from django.db import InterfaceError, OperationalError, connection

from cmp_portal.lib.outages import is_away


def test_a_server_that_is_not_there_is_away():
    with pytest.raises(psycopg2.OperationalError) as refusal:
        psycopg2.connect("postgresql://127.0.0.1:1/cmp")

    error = OperationalError()
    error.__cause__ = refusal.value
    assert is_away(error)


def test_a_session_that_was_ended_is_away(transactional_db):
    with connection.cursor() as cursor, pytest.raises(OperationalError) as ended:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()

    assert is_away(ended.value)


@pytest.mark.parametrize("error", [InterfaceError(), OSError(errno.ENOSPC, "full")])
def test_is_away(error):
    assert is_away(error)


def test_a_question_that_took_too_long_is_not(transactional_db):
    with connection.cursor() as cursor, pytest.raises(OperationalError) as slow:
        cursor.execute("SET statement_timeout = 10")
        cursor.execute("SELECT pg_sleep(1)")
    connection.close()

    assert not is_away(slow.value)


@pytest.mark.parametrize("error", [None, ValueError(), FileNotFoundError(errno.ENOENT, "gone")])
def test_a_mistake_of_ours_is_not(error):
    assert not is_away(error)
