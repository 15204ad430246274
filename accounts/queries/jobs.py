"""State of the scheduled jobs, from their recorded runs and from their advisory locks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Case, Exists, OuterRef, QuerySet, When
from django.db.models.expressions import RawSQL

from accounts.enums import RunState
from accounts.models import JobRun
from cmp_portal.lib.jobs import Job, jobs, limit_of

# Whether the job's advisory lock is held; the key is the same hash of the job's name as in
# cmp_portal.lib.advisory_locks, of which pg_locks shows the two halves. LATEST finds the newest run of each name by
# index.
HELD = """
    EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
               AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('job ' || {name}, 0))
"""
LATEST = f"""
    SELECT wanted.name, last.id, last.started_at, last.ended_at, last.rows, last.error, last.turned_away,
           last.reported_at, won.started_at, won.ended_at, won.rows, failed.runs, lock.is_held,
           (SELECT max(applied) FROM django_migrations)
      FROM unnest(%(names)s::text[]) WITH ORDINALITY wanted (name, place)
      LEFT JOIN LATERAL (SELECT * FROM accounts_jobrun r WHERE r.name = wanted.name
                          ORDER BY r.started_at DESC LIMIT 1) last ON TRUE
      LEFT JOIN LATERAL (SELECT * FROM accounts_jobrun r
                          WHERE r.name = wanted.name AND r.error = '' AND r.ended_at IS NOT NULL
                          ORDER BY r.started_at DESC LIMIT 1) won ON TRUE
     CROSS JOIN LATERAL (SELECT count(*) AS runs FROM accounts_jobrun r
                          WHERE r.name = wanted.name AND r.error <> ''
                            AND r.started_at > COALESCE(won.started_at, '-infinity')) failed
     CROSS JOIN LATERAL (SELECT {HELD.format(name="wanted.name")} AS is_held) lock
     ORDER BY wanted.place
"""  # noqa: S608 (constants only)


# Every job, including nightly ones, is triggered at least once an hour.
FIRST_RUN = timedelta(hours=2)


@dataclass(frozen=True)
class JobStatus:
    """The state of one job at a point in time: its last run and its last success."""

    job: Job
    at: datetime
    run: JobRun | None
    won_started_at: datetime | None
    won_ended_at: datetime | None
    won_rows: int | None
    failures: int
    is_held: bool
    migrated_at: datetime

    @property
    def state(self) -> RunState:
        """The state of the last run."""
        if self.run is None:
            return RunState.NEVER
        return run_state(self.run, is_held=self.is_held, at=self.at)

    @property
    def age(self) -> timedelta | None:
        """Time since the last success."""
        return max(self.at - self.won_ended_at, timedelta()) if self.won_ended_at else None

    @property
    def took(self) -> timedelta | None:
        """How long the last success took."""
        return self.won_ended_at - self.won_started_at if self.won_ended_at and self.won_started_at else None

    @property
    def is_late(self) -> bool:
        """Whether the last success is too long ago; not while a run is still within its time limit."""
        if self.state == RunState.RUNNING:
            return False
        late_after = timedelta(seconds=self.job.late_after)
        if self.age is None:
            return self.since_migrations >= min(FIRST_RUN, late_after)
        return self.age > late_after

    @property
    def since_migrations(self) -> timedelta:
        """Time since the last migration, a proxy for the installation: how long a job has had for its first run."""
        return max(self.at - self.migrated_at, timedelta())

    @property
    def is_bad(self) -> bool:
        return self.is_late or self.state in {RunState.FAILED, RunState.INTERRUPTED}


def run_state(run: JobRun, *, is_held: bool, at: datetime) -> RunState:
    """The state of a run; without an end, it is RUNNING while its lock is held and its limit plus 60 s not over."""
    if run.ended_at:
        return RunState.FAILED if run.error else RunState.DONE
    is_in_time = at <= run.started_at + timedelta(seconds=limit_of(run.name) + 60)
    return RunState.RUNNING if is_held and is_in_time else RunState.INTERRUPTED


def job_statuses(*, at: datetime) -> list[JobStatus]:
    """The status of all scheduled jobs, in one query."""
    scheduled = {job.name: job for job in jobs()}
    with connection.cursor() as cursor:
        cursor.execute(LATEST, {"names": list(scheduled)})
        return [_status(scheduled[row[0]], row[1:], at=at) for row in cursor.fetchall()]


def _status(job: Job, row: tuple[Any, ...], at: datetime) -> JobStatus:
    names = ("id", "started_at", "ended_at", "rows", "error", "turned_away", "reported_at")
    run = JobRun(name=job.name, **dict(zip(names, row, strict=False))) if row[0] else None
    return JobStatus(job, at, run, *row[len(names) :])


def job_runs() -> QuerySet[JobRun]:
    """Runs annotated with `is_held`: true only for the newest run of a job whose lock is held."""
    newer = JobRun.objects.filter(name=OuterRef("name"), started_at__gt=OuterRef("started_at"))
    held = RawSQL(HELD.format(name="accounts_jobrun.name"), [], output_field=BooleanField())  # noqa: S611 (constant)
    return JobRun.objects.annotate(is_held=Case(When(Exists(newer), then=False), default=held))
