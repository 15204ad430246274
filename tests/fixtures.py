"""Fixtures that every test may ask for."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from time import monotonic, sleep
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import translation

from cmp_portal.lib import clock
from cmp_portal.lib.logs import formatter

FULL = Path("/dev/full")
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=ZoneInfo("America/Chicago"))


@pytest.fixture
def now():
    """The clock stands still: noon of 10 March 2026, the Board's time."""
    with time_machine.travel(NOON, tick=False):
        yield NOON


@pytest.fixture
def migrated():
    """Says how long ago the database was migrated."""

    def say(**ago):
        MigrationRecorder.Migration.objects.update(applied=clock.now() - timedelta(**ago))

    return say


@pytest.fixture
def today(now):
    return clock.board_day(now)


@pytest.fixture
def reviewer(db):
    return _staff("reviewer")


@pytest.fixture
def auditor(db):
    return _staff("auditor")


@pytest.fixture
def registrar(db):
    return _staff("registrar")


def _staff(role):
    from tests.factories import UserFactory  # there were no settings when this module was read

    return UserFactory(roles=[role])


@pytest.fixture
def log_lines():
    """What is logged from now on, written as the settings say, each line an object."""
    stream, root = StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter())
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Everything as it must be; made once for the faults that a module plants, and undone as a whole."""
    from tests.world import build  # likewise

    with django_db_blocker.unblock(), time_machine.travel(NOON, tick=False), transaction.atomic():
        made = build(NOON)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def in_thread(transactional_db):
    """Calls something in a thread with a connection of its own."""
    with ThreadPoolExecutor(max_workers=4) as threads:
        yield lambda call: threads.submit(_with_own_connection, call)


def _with_own_connection(call):
    try:
        return call()
    finally:
        connection.close()


@pytest.fixture
def until_blocked():
    """Waits until some connection waits for a lock, so that a race is one every time."""

    def wait(seconds: float = 10) -> None:
        deadline = monotonic() + seconds
        while not _is_anyone_blocked():
            assert monotonic() < deadline, "nobody waits for a lock"
            sleep(0.01)

    return wait


def _is_anyone_blocked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


@pytest.fixture(autouse=True)
def _each_begins_with_nothing_counted():
    """All come from one address: what tests before have tried would reach the limits of the next one."""
    cache.clear()


@pytest.fixture(autouse=True)
def _each_begins_in_english():
    """A request in Spanish leaves its language in the thread, where the next one would find it."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def full_disk():
    """A file in which nothing has room."""
    if not FULL.is_char_device():
        pytest.skip(f"{FULL} is not there")
    with suppress(OSError), FULL.open("w") as full:
        yield full
