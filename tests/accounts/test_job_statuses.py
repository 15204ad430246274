"""Job statuses: done, failed, interrupted, late."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.enums import RunState
from accounts.queries import job_statuses
from tests.factories import JobRunFactory


@pytest.fixture
def status(now):
    return lambda name: next(one for one in job_statuses(at=now) if one.job.name == name)


@pytest.fixture
def ran(now):
    """A run that began some minutes ago, and took one."""

    def make(name, minutes, **values):
        start = now - timedelta(minutes=minutes)
        return JobRunFactory(name=name, **{"started_at": start, "ended_at": start + timedelta(minutes=1), **values})

    return make


@pytest.mark.django_db
def test_all_jobs_are_told_in_one_query(now, settings, django_assert_num_queries):
    with django_assert_num_queries(1):
        names = [one.job.name for one in job_statuses(at=now)]

    assert names == [entry["task"].rpartition(".")[2] for entry in settings.CELERY_BEAT_SCHEDULE.values()]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "minutes", "is_late"),
    [
        ("send_reminders", 119, False),
        ("send_reminders", 120, True),
        ("deliver_alerts", 5, False),
        ("deliver_alerts", 6, True),
        ("verify_ledger", 119, False),
        ("verify_ledger", 120, True),
    ],
)
def test_a_job_that_never_ran_is_late_once_it_should_have(status, migrated, name, minutes, is_late):
    migrated(minutes=minutes)

    one = status(name)
    assert (one.state, one.is_late, one.age) == (RunState.NEVER, is_late, None)


@pytest.mark.django_db
def test_a_job_that_has_succeeded_is_well(status, ran):
    ran("send_reminders", 50, rows=9)

    one = status("send_reminders")
    assert (one.state, one.is_late, one.age, one.took, one.won_rows) == (
        RunState.DONE, False, timedelta(minutes=49), timedelta(minutes=1), 9,
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "minutes", "is_late"),
    [
        ("send_reminders", 121, False),
        ("send_reminders", 122, True),
        ("deliver_alerts", 7, False),
        ("deliver_alerts", 8, True),
        ("verify_ledger", 27 * 60 + 1, False),
        ("verify_ledger", 27 * 60 + 2, True),
    ],
)
def test_a_job_is_late_by_its_own_schedule(status, ran, name, minutes, is_late):
    ran(name, minutes)

    assert status(name).is_late == is_late


@pytest.mark.django_db
def test_failures_are_counted_since_the_last_success(status, ran):
    ran("send_reminders", 90, error="OperationalError")
    ran("send_reminders", 60)
    for minutes in (40, 20):
        ran("send_reminders", minutes, error="OperationalError")

    one = status("send_reminders")
    assert (one.state, one.failures, one.is_late, one.is_bad) == (RunState.FAILED, 2, False, True)


@pytest.mark.django_db
def test_a_run_without_end_and_without_lock_was_interrupted(status, ran):
    ran("send_reminders", 1, ended_at=None)

    assert status("send_reminders").state == RunState.INTERRUPTED


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "state"), [(60, RunState.RUNNING), (62, RunState.INTERRUPTED)])
def test_a_run_whose_lock_is_held_is_running_for_as_long_as_it_may(status, ran, migrated, minutes, state):
    migrated(hours=3)
    ran("send_reminders", minutes, ended_at=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('job send_reminders', 0))")

    one = status("send_reminders")
    assert (one.state, one.is_late) == (state, state != RunState.RUNNING)
