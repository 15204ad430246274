"""Fixtures available to every test."""

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
    """Freeze the clock at noon on 10 March 2026, Board time."""
    with time_machine.travel(NOON, tick=False):
        yield NOON


@pytest.fixture
def migrated():
    """Set how long ago the database was migrated."""

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
    from tests.factories import UserFactory  # settings aren't configured when this module is imported

    return UserFactory(roles=[role])


@pytest.fixture
def log_lines():
    """Capture log lines from now on, formatted as configured and parsed as JSON."""
    stream, root = StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter())
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """A consistent world, made once for the faults that a module plants, and rolled back as a whole."""
    from tests.world import build  # settings, as above

    with django_db_blocker.unblock(), time_machine.travel(NOON, tick=False), transaction.atomic():
        made = build(NOON)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def in_thread(transactional_db):
    """Run a call in a thread with its own database connection."""
    with ThreadPoolExecutor(max_workers=4) as threads:
        yield lambda call: threads.submit(_with_own_connection, call)


def _with_own_connection(call):
    try:
        return call()
    finally:
        connection.close()


@pytest.fixture
def until_blocked():
    """Wait until some connection waits for a lock, which makes a race deterministic."""

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
    """Reset rate limits: all tests share an address, and would hit limits with each other's attempts."""
    cache.clear()


@pytest.fixture(autouse=True)
def _each_begins_in_english():
    """Reset the language, which a request in Spanish leaves active in the thread."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def full_disk():
    """A file to which nothing can be written (/dev/full)."""
    if not FULL.is_char_device():
        pytest.skip(f"{FULL} is not there")
    with suppress(OSError), FULL.open("w") as full:
        yield full
