"""The doctor's checks of what is done and what waits: jobs, alerts, addresses, lines, webhooks."""

from datetime import timedelta

import pytest

from cmp_portal.operations.doctor import work
from cmp_portal.operations.doctor.findings import Level
from tests.factories import (
    AlertFactory,
    CorrespondenceFactory,
    HolderFactory,
    IntakeBatchFactory,
    IntakeRowFactory,
    JobRunFactory,
    WebhookFactory,
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("run", "found"),
    [
        ({"minutes": 300}, ("problem", "late: last success: 5 h ago; last run: done")),
        ({"minutes": 0, "error": "X"}, ("problem", "late: last success: never; last run: failed")),
        ({"minutes": 40}, ("ok", "done; last success: 40 min ago")),
    ],
)
def test_a_job_is_told_by_its_last_success(told, now, migrated, run, found):
    migrated(hours=3)
    moment = now - timedelta(minutes=run.pop("minutes"))
    JobRunFactory(name="send_reminders", started_at=moment, ended_at=moment, **run)

    assert told(work.scheduled_jobs)[1] == found


@pytest.mark.django_db
def test_a_run_that_failed_is_a_warning_while_the_last_success_is_near(told, now):
    for minutes, error in ((30, ""), (1, "X")):
        moment = now - timedelta(minutes=minutes)
        JobRunFactory(name="send_reminders", started_at=moment, ended_at=moment, error=error)

    assert told(work.scheduled_jobs)[1] == ("warning", "last run: failed; last success: 30 min ago")


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "level"), [(14, "ok"), (15, "warning"), (120, "problem")])
def test_alerts_that_wait_are_told_by_the_oldest(levels, now, minutes, level):
    AlertFactory(created_at=now - timedelta(minutes=minutes))

    assert levels(work.undelivered_alerts) == [level]


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "expected"), [(24, ["ok"]), (25, ["ok", "warning"])])
def test_many_refused_emails_are_told(levels, now, number, expected):
    AlertFactory.create_batch(number, attempts=1, next_try_at=now + timedelta(minutes=5))

    assert levels(work.undelivered_alerts) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "level"), [(24, "ok"), (25, "warning")])
def test_many_addresses_that_refuse_email_at_once_are_told(told, now, number, level):
    for at in (now - timedelta(hours=1), now - timedelta(days=2)):
        for _one in range(number):
            holder = HolderFactory(email=f"{HolderFactory().customer_number}@example.org")
            CorrespondenceFactory(holder=holder, unreachable_email=holder.email, unreachable_at=at)
    CorrespondenceFactory(unreachable_email="earlier@example.org", unreachable_at=now)

    told_of = f"{2 * number} on file refuse email, {number} of them since yesterday"
    assert told(work.unreachable_addresses) == [(level, told_of)]


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "level"), [(6, "ok"), (8, "warning")])
def test_lines_without_a_holder_are_told_by_the_oldest(levels, now, days, level):
    batch = IntakeBatchFactory(lines=1, unmatched=1, started_at=now - timedelta(days=days))
    IntakeRowFactory(batch=batch)

    assert levels(work.unmatched_lines) == [level]


@pytest.mark.parametrize(("off", "level"), [(None, Level.OK), ("2026-03-01T00:00:00Z", Level.WARNING)])
def test_webhooks_that_are_off_are_a_warning(db, levels, now, off, level):
    WebhookFactory(disabled_at=off)

    assert levels(work.silent_webhooks) == [level]
