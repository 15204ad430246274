"""Scheduled jobs: one run at a time, each recorded even if the process dies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime, timedelta
from time import monotonic

import pghistory
import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import Error, connection
from django.db.backends.utils import CursorWrapper
from django.db.models import F

from accounts.models import JobRun
from cmp_portal.lib import clock
from cmp_portal.lib.advisory_locks import try_job_lock
from cmp_portal.lib.logs import more_context
from cmp_portal.lib.outages import is_away

log = structlog.stdlib.get_logger(__name__)

REPORT_EVERY = 5.0  # seconds
LONGEST_ERROR = 500
# When so many of a job's items have failed in a row, something other than the items is wrong.
MOST_FAILURES = 10
Work = Callable[[datetime], int]
Show = Callable[[int], None]


def not_shown(rows: int) -> None:
    """Shows progress to nobody, as in the worker."""


class CompletedWithProblems(Exception):
    """The job finished its work, but found something an operator has to look at."""

    def __init__(self, message: str, *, rows: int) -> None:
        super().__init__(message)
        self.rows = rows


class JobRefused(Exception):
    """The job may not run as it was asked to, and did nothing; the message says why."""


class Failures:
    """The items of a job that failed: each only holds up itself, and at the end they make the job fail.

    failures = Failures()
    for item in items:
        with failures.kept_to(item):
            ...
    return failures.told(rows)

    Many failures in a row end the job, unless `is_well`, asked then, says that only the items are at fault.
    """

    def __init__(self, *, stops: tuple[type[Exception], ...] = (), is_well: Callable[[], bool] = lambda: False) -> None:
        self.stops = (SoftTimeLimitExceeded, *stops)
        self.is_well = is_well
        self.failed: list[str] = []
        self.in_a_row = 0

    @contextmanager
    def kept_to(self, item: object) -> Iterator[None]:
        """Note the failure of one item, unless it would meet all others too; its name is shown to administrators."""
        try:
            yield
        except Exception as error:
            self.in_a_row += 1
            if isinstance(error, self.stops) or is_away(error) or self._are_too_many():
                raise
            log.exception("item failed", item=str(item))
            self.failed.append(f"{item} ({type(error).__name__})")
        else:
            self.in_a_row = 0

    def _are_too_many(self) -> bool:
        if self.in_a_row < MOST_FAILURES:
            return False
        self.in_a_row = 0
        return not self.is_well()

    def told(self, rows: int) -> int:
        """The number of rows; raises CompletedWithProblems if any item failed."""
        if self.failed:
            raise CompletedWithProblems(f"{len(self.failed)} failed: {', '.join(self.failed)}", rows=rows)
        return rows


def run_job(name: str, work: Work, *, nightly: bool = False, show: Show = not_shown) -> int | None:
    """Run `work` and record the number of rows or the error; None if the same job is already running.

    Whatever `work` reports is also given to `show`.

    A nightly job is done once per day in the Board's time zone, by the first tick that can; None if it is already
    done. If `work` raises JobRefused, no run is recorded: nothing was done, and nothing failed.
    """
    with try_job_lock(f"job {name}") as is_ours:
        if not is_ours:
            JobRun.objects.filter(name=name, ended_at=None).update(turned_away=F("turned_away") + 1)
            log.info("job is already running", job=name)
            return None
        at = clock.now()
        return None if nightly and _is_done(name, at=at) else _recorded(name, work, at=at, show=show)


def report(rows: int) -> None:
    """Report the progress of the running job, at most every few seconds; visible even from within its transaction."""
    if not (run := _running.get()):
        return
    run.show(rows)
    if monotonic() >= run.next_report:
        run.next_report = monotonic() + REPORT_EVERY
        with suppress(Error), _aside() as cursor:
            cursor.execute(
                "UPDATE accounts_jobrun SET rows = %s, reported_at = %s WHERE id = %s", [rows, clock.now(), run.pk]
            )


class _Run:
    """The current run, as far as `report` needs it."""

    def __init__(self, pk: int, show: Show) -> None:
        self.pk, self.show = pk, show
        self.next_report = monotonic() + REPORT_EVERY


_running: ContextVar[_Run | None] = ContextVar("running", default=None)


def _is_done(name: str, *, at: datetime) -> bool:
    """Whether the job finished on the Board's day of `at`, even if it raised CompletedWithProblems."""
    ended = JobRun.objects.filter(name=name, ended_at__isnull=False, rows__isnull=False)
    last = ended.order_by("-started_at", "-id").first()
    return last is not None and clock.board_day(last.started_at) == clock.board_day(at)


def _recorded(name: str, work: Work, *, at: datetime, show: Show) -> int:
    run = JobRun.objects.create(name=name, started_at=at)
    token = _running.set(_Run(run.pk, show))
    try:
        with more_context(job=name, run=run.pk), pghistory.context(reason=name):
            return _watched(run, work)
    finally:
        _running.reset(token)


def _watched(run: JobRun, work: Work) -> int:
    started = monotonic()
    try:
        run.rows = work(run.started_at)
    except JobRefused as refusal:
        run.delete()
        log.warning("job refused", error=type(refusal).__name__)
        raise
    except Exception as error:
        run.rows = error.rows if isinstance(error, CompletedWithProblems) else None
        run.error = _in_brief(error)
        _end_after_error(run)
        log.error("job failed", rows=run.rows, seconds=round(monotonic() - started, 3), error=type(error).__name__)
        raise
    _end(run)
    _forget_old(run)
    log.info("job ended", rows=run.rows, seconds=round(monotonic() - started, 3))
    return run.rows


def _in_brief(error: Exception) -> str:
    """The error without the detail that the database appends, which quotes rows."""
    said = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {said}"[:LONGEST_ERROR].replace("\0", "")


def _end(run: JobRun) -> None:
    run.ended_at = max(clock.now(), run.started_at)
    run.save(update_fields=["ended_at", "rows", "error"])


def _end_after_error(run: JobRun) -> None:
    """Record the end; if the database is down too, the run stays open and is shown as interrupted."""
    try:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        _end(run)
    except Error as second:
        log.error("job could not record its end", error=type(second).__name__)


def _forget_old(run: JobRun) -> None:
    """Delete old runs, only after a success, so that the last success is always known."""
    kept_from = run.started_at - timedelta(days=settings.JOB_RUNS_KEPT_DAYS)
    JobRun.objects.filter(name=run.name, started_at__lt=kept_from).delete()


@contextmanager
def _aside() -> Iterator[CursorWrapper]:
    """A cursor on a separate connection, for what must be visible before the transaction ends."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()
