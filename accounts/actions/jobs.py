"""Scheduled work: one run at a time, each run on record."""

from collections.abc import Callable
from datetime import datetime

import pghistory
from django.db import connection

from accounts.models import JobRun
from cmp_portal.lib import clock


def run_job(name: str, work: Callable[[datetime], int]) -> int | None:
    """Runs `work` and records its rows or its error; None where the same job is running already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"job {name}"])
        if not cursor.fetchone()[0]:
            return None
        try:
            return _recorded(name, work)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"job {name}"])


def _recorded(name: str, work: Callable[[datetime], int]) -> int:
    run = JobRun.objects.create(name=name, started_at=clock.now())
    try:
        with pghistory.context(reason=name):
            run.rows = work(run.started_at)
    except Exception as error:
        run.error = f"{type(error).__name__}: {error}"
        raise
    finally:
        run.ended_at = max(clock.now(), run.started_at)
        run.save()
    return run.rows
