"""Limits and timeouts of a production server."""

import time
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection

import pytest
from django.db import connection, transaction
from django.urls import reverse

from accounts.models import Alert
from faults.web import filled, signed_in, start_web
from tests.factories import AlertFactory, HolderUserFactory

MEGABYTE = b"0" * 1024**2
GIGABYTES = 5 * 1024**3


@contextmanager
def locked(sql):
    """A table or a row that somebody else holds, all the while."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        yield


@pytest.fixture
def web(world):
    """The portal with little patience."""

    def start(**limits):
        world.env |= {f"WEB_{name}_TIMEOUT_MS": str(limit) for name, limit in limits.items()}
        return start_web(world)

    return start


def test_gigabytes_are_refused_before_they_come(web):
    port, started = web(), time.monotonic()

    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as visitor:
        visitor.putrequest("POST", "/account/login/")
        visitor.putheader("Content-Length", str(GIGABYTES))
        visitor.endheaders(b"0" * 1000)
        answer, sent = visitor.getresponse(), 0
        with suppress(OSError):
            while sent < GIGABYTES:
                visitor.sock.sendall(MEGABYTE)
                sent += len(MEGABYTE)

    assert answer.status == 413
    # What lies in the buffers between, and no more.
    assert sent < 20 * len(MEGABYTE)
    assert time.monotonic() - started < 5


def test_a_row_that_others_hold_is_waited_for_briefly(web):
    alert = AlertFactory(holder=HolderUserFactory().holder)
    visitor = signed_in(alert.holder.user, web(LOCK=300))

    with locked(f"SELECT 1 FROM accounts_alert WHERE id = {alert.pk} FOR UPDATE"):
        answer = visitor.post(reverse("accounts:dismiss_alert", args=[alert.pk]), filled())

    assert (answer.status, answer.seconds < 3) == (302, True)
    assert "messages" in answer.headers["set-cookie"]
    assert Alert.objects.get().dismissed_at is None


@pytest.mark.parametrize("limits", [{"LOCK": 300}, {"LOCK": 0, "STATEMENT": 300}], ids=["lock", "statement"])
@pytest.mark.parametrize("table", ["accounts_user", "accounts_alert"])
def test_a_page_that_takes_too_long_asks_to_come_back(web, table, limits):
    visitor = signed_in(HolderUserFactory(), web(**limits))

    with locked(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"):
        answer = visitor.get(reverse("account:dashboard"))

    assert (answer.status, answer.headers["retry-after"], answer.seconds < 3) == (503, "60", True)


@pytest.mark.parametrize("name", ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
def test_commands_have_all_the_time_they_need(db, name):
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")

        assert cursor.fetchone() == ("0",)
