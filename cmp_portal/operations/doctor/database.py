"""Checks of the database server."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from cmp_portal.lib import clock
from cmp_portal.lib.services.postgres import EXTENSIONS, OLDEST
from cmp_portal.operations.doctor.findings import Finding, Level, by_limits, ok, problem
from cmp_portal.operations.readiness import unapplied_migrations

SKEW_WARNS, SKEW_ALARMS = 1.0, 30.0  # seconds
FULL_WARNS, FULL_ALARMS = 0.8, 0.95  # as shares of all connections
CONNECTIONS = """
    SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity WHERE backend_type = 'client backend'
"""


def _one(statement: str, *values: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def version(at: datetime) -> Iterator[Finding]:
    major = int(_one("SELECT current_setting('server_version_num')::int / 10000")[0])
    if major >= OLDEST:
        yield ok("database version", f"PostgreSQL {major}")
    else:
        yield problem("database version", f"PostgreSQL {major} is too old", f"upgrade to {OLDEST} or newer")


def encoding(at: datetime) -> Iterator[Finding]:
    """With another encoding the portal starts, but fails at the first name it can't store."""
    [found] = _one("SHOW server_encoding")
    if found == "UTF8":
        yield ok("database encoding", found)
    else:
        to_do = "CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8', and restore into that"
        yield problem("database encoding", f"{found} can't store every name", to_do)


def extensions(at: datetime) -> Iterator[Finding]:
    """Missing extensions make migrations fail."""
    found = set(_one("SELECT COALESCE(array_agg(extname::text), '{}') FROM pg_extension")[0])
    if missing := sorted(set(EXTENSIONS) - found):
        names = ", ".join(missing)
        yield problem("extensions", f"{names} missing", "run manage.py migrate, or get permission to CREATE EXTENSION")
    else:
        yield ok("extensions", ", ".join(sorted(EXTENSIONS)))


def migrations(at: datetime) -> Iterator[Finding]:
    if missing := unapplied_migrations():
        yield problem("migrations", f"{missing} not applied", "run manage.py migrate")
    else:
        yield ok("migrations", "all applied")


def clocks(at: datetime) -> Iterator[Finding]:
    """Timestamps of receipts come from the portal, their order among other rows from the database."""
    before = clock.now()
    theirs: datetime = _one("SELECT clock_timestamp()")[0]
    between = before + (clock.now() - before) / 2
    skew = abs((theirs - between).total_seconds())
    level = by_limits(skew, warn=SKEW_WARNS, alarm=SKEW_ALARMS)
    to_do = "" if level == Level.OK else "synchronize the clocks of both machines by NTP"
    yield Finding(level, "clocks", f"the database's differs from ours by {skew:.1f} s", to_do)


def connections(at: datetime) -> Iterator[Finding]:
    used, most = _one(CONNECTIONS)
    level = by_limits(used / most, warn=FULL_WARNS, alarm=FULL_ALARMS)
    to_do = "" if level == Level.OK else "raise max_connections, or run fewer processes and threads"
    yield Finding(level, "connections", f"{used} of {most} in use", to_do)


def time_zone_of_the_database(at: datetime) -> Iterator[Finding]:
    zone = settings.BOARD_TIME_ZONE
    if _one("SELECT EXISTS (SELECT 1 FROM pg_timezone_names WHERE name = %s)", zone)[0]:
        yield ok("database time zone", zone)
    else:
        yield problem("database time zone", f"{zone} is unknown", "install the server's time zone data (tzdata)")


CHECKS = (version, encoding, extensions, migrations, clocks, connections, time_zone_of_the_database)
