"""Scheduled jobs: never concurrent, always on record, once a night."""

import errno
import sys
from datetime import timedelta
from io import StringIO

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.management import CommandError, call_command
from django.db import InterfaceError, connection, transaction

from accounts import actions
from accounts.actions.jobs import LONGEST_ERROR, MOST_FAILURES
from accounts.models import JobRun
from cmp_portal.lib.feeds import progress
from tests.factories import HolderFactory, JobRunFactory


@pytest.fixture
def taken(transactional_db):
    """Somebody else is at the job."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('job roll_cycles', 0))")
        yield
    other.close()


@pytest.mark.django_db
def test_a_job_that_fails_says_why(now):
    def fail(_at):
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        actions.run_job("roll_cycles", fail)

    run = JobRun.objects.get()
    assert (run.error, run.rows, run.ended_at) == ("RuntimeError: the disk is full", None, now)


@pytest.mark.django_db
def test_an_error_is_told_without_the_rows_it_quotes(now):
    HolderFactory(customer_number="0042")

    def double(_at):
        with transaction.atomic():
            HolderFactory(customer_number="0042")

    with pytest.raises(Exception, match="0042"):
        actions.run_job("roll_cycles", double)

    assert "0042" not in JobRun.objects.get().error


@pytest.mark.django_db
def test_a_long_error_is_cut(now):
    def fail(_at):
        raise RuntimeError("x" * 9_999)

    with pytest.raises(RuntimeError):
        actions.run_job("roll_cycles", fail)

    assert len(JobRun.objects.get().error) == LONGEST_ERROR


@pytest.mark.django_db
def test_trouble_is_an_error_with_its_rows(now):
    def find(_at):
        raise actions.CompletedWithProblems("differences: 3", rows=3)

    with pytest.raises(actions.CompletedWithProblems):
        actions.run_job("verify_ledger", find)

    run = JobRun.objects.get()
    assert (run.rows, run.error) == (3, "CompletedWithProblems: differences: 3")


@pytest.mark.django_db
def test_a_refusal_is_not_a_failure(log_lines):
    def refuse(_at):
        raise actions.JobRefused("no period is set")

    with pytest.raises(actions.JobRefused):
        actions.run_job("purge_evidence", refuse)

    [line] = log_lines()
    assert (line["event"], line["level"], line["error"]) == ("job refused", "warning", "JobRefused")
    assert not JobRun.objects.exists()


def test_a_second_run_goes_away_and_is_counted(taken):
    running = JobRunFactory(name="roll_cycles", ended_at=None)

    assert actions.run_job("roll_cycles", lambda at: 1) is None
    running.refresh_from_db()
    assert (running.turned_away, JobRun.objects.count()) == (1, 1)


def test_a_command_says_that_the_job_is_running_already(taken):
    with pytest.raises(CommandError, match="roll_cycles is already running") as refusal:
        call_command("roll_cycles")

    assert refusal.value.returncode == 3


@pytest.mark.django_db
@pytest.mark.parametrize("job", ["alert_ready", "remind_audits", "roll_cycles", "send_reminders"])
def test_a_day_to_come_is_refused(job):
    """A year mistyped would tell everybody that they have expired."""
    with pytest.raises(CommandError, match="9999-12-31 is in the future; today is ") as refusal:
        call_command(job, "--on", "9999-12-31")

    assert refusal.value.returncode == 2
    assert not JobRun.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("job", ["deliver_alerts", "mend_queue", "reconcile_payments"])
def test_no_day_is_asked_for_where_it_would_change_nothing(job):
    with pytest.raises(CommandError, match="unrecognized arguments: --on 2026-01-01"):
        call_command(job, "--on", "2026-01-01")

    assert not JobRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_lock_is_free_after_a_failure(in_thread):
    with pytest.raises(ZeroDivisionError):
        actions.run_job("roll_cycles", lambda at: 1 // 0)

    assert in_thread(lambda: actions.run_job("roll_cycles", lambda at: 1)).result() == 1


@pytest.mark.django_db(transaction=True)
def test_the_end_is_recorded_although_the_connection_broke(in_thread):
    def lose_the_connection(_at):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Exception, match="terminat"):
        actions.run_job("roll_cycles", lose_the_connection)

    assert JobRun.objects.get().ended_at is not None
    assert in_thread(lambda: actions.run_job("roll_cycles", lambda at: 1)).result() == 1


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_from_inside_a_transaction(monkeypatch, in_thread):
    monkeypatch.setattr("accounts.actions.jobs.REPORT_EVERY", 0.0)
    seen = []

    def work(_at):
        with transaction.atomic():
            actions.report(7)
            seen.append(in_thread(lambda: JobRun.objects.get().rows).result())
        return 8

    assert actions.run_job("roll_cycles", work) == 8
    run = JobRun.objects.get()
    assert (seen, run.rows, run.reported_at >= run.started_at) == ([7], 8, True)


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.mark.django_db
def test_who_runs_a_job_by_hand_sees_how_far_it_is(monkeypatch):
    def work(*, at):
        actions.report(1234)
        return 1235

    monkeypatch.setattr("accounts.management.commands.deliver_alerts.Command.work", staticmethod(work))
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    terminal, said = Terminal(), StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)

    call_command("deliver_alerts", stdout=said)

    assert (terminal.getvalue(), said.getvalue()) == ("\r0 emailed\r1,234 emailed\r\033[K", "1235 emailed\n")


@pytest.mark.django_db
def test_a_report_outside_a_job_is_nothing():
    actions.report(7)

    assert not JobRun.objects.exists()


@pytest.mark.django_db
def test_a_nightly_job_is_done_once_in_a_board_day(now):
    JobRunFactory(name="verify_ledger", started_at=now - timedelta(hours=11), ended_at=now, rows=0)

    assert actions.run_job("verify_ledger", lambda at: 0, nightly=True) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "before",
    [
        {"started": timedelta(hours=13), "rows": 0},  # on the Board's day before
        {"started": timedelta(hours=1), "rows": None, "error": "OperationalError"},
        {"started": timedelta(hours=1), "rows": 5, "ended_at": None},
    ],
)
def test_a_nightly_job_catches_up(now, before):
    JobRunFactory(name="verify_ledger", **{"started_at": now - before.pop("started"), "ended_at": now, **before})

    assert actions.run_job("verify_ledger", lambda at: 0, nightly=True) == 0


@pytest.mark.django_db
def test_by_hand_a_nightly_job_is_done_again(now):
    JobRunFactory(name="verify_ledger", started_at=now, rows=0)

    assert actions.run_job("verify_ledger", lambda at: 0) == 0


@pytest.mark.django_db
def test_old_runs_of_a_job_that_works_are_forgotten(now, settings):
    settings.JOB_RUNS_KEPT_DAYS = 30
    old, other = (JobRunFactory(name=name, started_at=now - timedelta(days=31)) for name in ("roll_cycles", "other"))
    recent = JobRunFactory(name="roll_cycles", started_at=now - timedelta(days=29))

    actions.run_job("roll_cycles", lambda at: 0)

    kept = set(JobRun.objects.values_list("pk", flat=True))
    assert (old.pk in kept, other.pk in kept, recent.pk in kept) == (False, True, True)


# --- One item among many ----------------------------------------------------------------------------------------------


def worked_on(items, failures):
    """Works on the items, each of which is a number or an error; returns those that were reached."""
    reached = []
    for item in items:
        with failures.kept_to("an item"):
            reached.append(item)
            if isinstance(item, Exception):
                raise item
    return reached


def test_what_fails_alone_keeps_nothing_waiting_and_is_told_at_the_end():
    failures = actions.Failures()

    reached = worked_on([1, TypeError("Mara Holder"), 2], failures)

    assert len(reached) == 3
    with pytest.raises(actions.CompletedWithProblems, match=r"^1 failed: an item \(TypeError\)$") as told:
        failures.told(2)
    assert told.value.rows == 2


def test_without_a_failure_the_rows_are_told():
    failures = actions.Failures()
    worked_on([1, 2], failures)

    assert failures.told(2) == 2


@pytest.mark.parametrize(
    "error", [SoftTimeLimitExceeded(), InterfaceError("no database"), OSError(errno.ENOSPC, "full"), EOFError()]
)
def test_what_would_meet_all_others_too_ends_the_job(error):
    with pytest.raises(type(error)):
        worked_on([error, 1], actions.Failures(stops=(EOFError,)))


def test_many_failures_in_a_row_end_the_job():
    failures = actions.Failures()
    worked_on([*[ValueError()] * (MOST_FAILURES - 1), 1], failures)

    with pytest.raises(ValueError):
        worked_on([ValueError()] * MOST_FAILURES, failures)


def test_many_failures_of_the_items_alone_end_nothing():
    asked = []
    failures = actions.Failures(is_well=lambda: asked.append("?") or True)

    reached = worked_on([*[ValueError()] * (2 * MOST_FAILURES), 1], failures)

    assert (len(reached), len(failures.failed), len(asked)) == (2 * MOST_FAILURES + 1, 2 * MOST_FAILURES, 2)
