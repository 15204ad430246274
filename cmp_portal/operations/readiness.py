"""Readiness of this process to serve requests."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from accounts.queries import JobStatus, job_statuses
from cmp_portal.operations.broker import queue_depth


@dataclass(frozen=True)
class Readiness:
    """Results of the readiness checks; cache and broker are reported but not required."""

    database: bool
    migrations: bool
    cache: bool
    broker: bool
    jobs: list[JobStatus] = field(default_factory=list)

    @property
    def late(self) -> list[str]:
        return [one.job.name for one in self.jobs if one.is_late]

    @property
    def is_ready(self) -> bool:
        return self.database and self.migrations and not (settings.READY_NEEDS_JOBS and self.late)

    def as_dict(self) -> dict[str, Any]:
        parts = {"database": self.database, "migrations": self.migrations, "cache": self.cache, "broker": self.broker}
        return {
            "ready": self.is_ready,
            **parts,
            "late": self.late,
            "jobs": {one.job.name: _told(one) for one in self.jobs},
        }


def readiness(*, at: datetime) -> Readiness:
    """Run all checks; each is quick."""
    has_cache, has_broker = _has_cache(), queue_depth() is not None
    try:
        # Without the migrations, the tables of jobs may be missing.
        migrated = is_migrated()
        return Readiness(True, migrated, has_cache, has_broker, job_statuses(at=at) if migrated else [])
    except Error:
        return Readiness(False, False, has_cache, has_broker)


class _Migrated:
    """Caches a positive result for the life of the process, whose code does not change."""

    known = False


def is_migrated() -> bool:
    """Whether the database has all migrations of this code."""
    _Migrated.known = _Migrated.known or not unapplied_migrations()
    return _Migrated.known


def unapplied_migrations() -> int:
    """How many of this code's migrations the database lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _has_cache() -> bool:
    cache.set("readyz", "1", 5)
    return bool(cache.get("readyz") == "1")


def _told(one: JobStatus) -> dict[str, Any]:
    age = int(one.age.total_seconds()) if one.age is not None else None
    return {"state": one.state.value, "age": age, "every": one.job.every, "late": one.is_late}
