"""Scheduled tasks. Losing one is harmless, because the next run finds whatever is waiting."""

from datetime import datetime

from celery import shared_task

from accounts.actions import run_job
from cmp_portal.lib import clock
from education import actions
from education.actions import intake, requirements


@shared_task
def check_evidence() -> int | None:
    """Checks uploaded documents."""
    return run_job("check_evidence", lambda at: actions.check_evidence(at=at))


@shared_task
def work_on_feeds() -> int | None:
    """Receives uploaded feeds, and undoes those to be undone."""
    return run_job("work_on_feeds", lambda at: intake.work_on_feeds(at=at))


@shared_task
def sweep_evidence() -> int | None:
    """Deletes orphaned files."""
    return run_job("sweep_evidence", lambda at: actions.sweep_evidence(at=at), nightly=True)


@shared_task
def reconcile_status() -> int | None:
    """Moves expired cycles to requirements that now apply, then corrects status rows that differ from the shares."""
    return run_job("reconcile_status", _reconcile, nightly=True)


def _reconcile(at: datetime) -> int:
    return requirements.repoint_cycles(at=at).cycles + actions.reconcile_status(at=at)


@shared_task
def deliver_webhooks() -> int | None:
    """Delivers the webhook notices that are due."""
    return run_job("deliver_webhooks", lambda at: actions.deliver_webhooks(clock=clock.now))


@shared_task
def sweep_api() -> int | None:
    """Deletes idempotency keys and webhook notices past their retention."""
    return run_job("sweep_api", lambda at: actions.forget_keyed(at=at) + actions.forget_notices(at=at), nightly=True)
