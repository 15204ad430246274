"""Scheduled work: worthless if lost, since the next tick finds what waits."""

from celery import shared_task

from accounts.actions import run_job
from cmp_portal.lib import clock
from education import actions
from education.actions import intake


@shared_task
def check_evidence() -> int | None:
    """Looks into uploaded documents."""
    return run_job("check_evidence", lambda at: actions.check_evidence(at=at))


@shared_task
def work_on_feeds() -> int | None:
    """Takes in uploaded feeds, and undoes those that are to be undone."""
    return run_job("work_on_feeds", lambda at: intake.work_on_feeds(at=at))


@shared_task
def sweep_evidence() -> int | None:
    """Clears away files that belong to nobody."""
    return run_job("sweep_evidence", lambda at: actions.sweep_evidence(at=at), nightly=True)


@shared_task
def reconcile_status() -> int | None:
    """Mends the status rows that say something else than the shares."""
    return run_job("reconcile_status", lambda at: actions.reconcile_status(at=at), nightly=True)


@shared_task
def deliver_webhooks() -> int | None:
    """Tells providers' systems what is due."""
    return run_job("deliver_webhooks", lambda at: actions.deliver_webhooks(clock=clock.now))


@shared_task
def sweep_api() -> int | None:
    """Forgets keys of requests, and what was told, of long ago."""
    return run_job("sweep_api", lambda at: actions.forget_keyed(at=at) + actions.forget_notices(at=at), nightly=True)
