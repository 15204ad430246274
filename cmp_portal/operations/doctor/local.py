"""Checks of this machine and the settings, which need no other service."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_network
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage

from cmp_portal.operations.doctor.findings import Finding, Level, by_limits, ok, problem, warning

LEAST_SECRET = 50  # characters, as in Django's own check
FULL_WARNS, FULL_ALARMS = 0.9, 0.98
GIB = 2**30


def _is_open_to_all() -> bool:
    return any(ip_network(one).prefixlen == 0 for one in settings.METRICS_NETWORKS)


def _dangers() -> Iterator[tuple[bool, str, str]]:
    """Unsafe settings in production: whether each applies, what is wrong and how to fix it."""
    secret = settings.SECRET_KEY
    yield settings.DEBUG, "DEBUG is on and shows source code to everybody", "unset CMP_DEBUG"
    yield settings.DEMO, "CMP_DEMO is on: the demo's passwords are public", "unset CMP_DEMO"
    yield secret.startswith("development-only"), "SECRET_KEY is the one for development", "set SECRET_KEY"
    yield len(secret) < LEAST_SECRET, "SECRET_KEY is short", f"use {LEAST_SECRET} or more random characters"
    yield not settings.SITE_URL.startswith("https://"), "SITE_URL is not https", "set SITE_URL=https://…"
    yield not settings.STAFF_SECOND_FACTOR, "staff log in with a password alone", "set STAFF_SECOND_FACTOR=1"
    yield "*" in settings.ALLOWED_HOSTS, "every host name is accepted", "list yours in ALLOWED_HOSTS"
    yield _is_open_to_all(), "anyone can read /metrics", "restrict METRICS_NETWORKS"
    yield 0 < len(settings.METRICS_TOKEN) < 20, "METRICS_TOKEN is short", "use 20 or more random characters"


def dangerous_settings(at: datetime) -> Iterator[Finding]:
    found = [(told, to_do) for is_so, told, to_do in _dangers() if is_so]
    if not settings.PRODUCTION:
        yield ok("settings", "those for development; CMP_ENV=production requires more")
    elif found:
        yield from (problem("settings", told, to_do) for told, to_do in found)
    else:
        yield ok("settings", "fit for production")
    if settings.PRODUCTION and not settings.EVIDENCE_SCANNER:
        yield warning("settings", "uploaded documents are not scanned for malware", "set EVIDENCE_SCANNER")


def time_zones(at: datetime) -> Iterator[Finding]:
    try:
        yield ok("time zone", f"{ZoneInfo(settings.BOARD_TIME_ZONE)}")
    except (ZoneInfoNotFoundError, ValueError):
        to_do = "correct BOARD_TIME_ZONE, or install the system's time zone data (tzdata)"
        yield problem("time zone", f"{settings.BOARD_TIME_ZONE} is unknown", to_do)


def static_files(at: datetime) -> Iterator[Finding]:
    """Without the static files manifest, every page fails."""
    if not isinstance(staticfiles_storage, ManifestFilesMixin):
        yield ok("static files", "served under their original names")
    elif staticfiles_storage.read_manifest() is None:
        yield problem("static files", "not collected", "run manage.py collectstatic")
    else:
        yield ok("static files", "collected")


def room(at: datetime) -> Iterator[Finding]:
    folder = settings.BASE_DIR / "var"
    disk = shutil.disk_usage(folder if folder.exists() else settings.BASE_DIR)
    level = by_limits(disk.used / disk.total, warn=FULL_WARNS, alarm=FULL_ALARMS)
    to_do = "" if level == Level.OK else "free some space: logs, documents and the outbox are in var/"
    yield Finding(level, "disk space for var/", f"{disk.free / GIB:.1f} GiB free", to_do)


CHECKS = (dangerous_settings, time_zones, static_files, room)
