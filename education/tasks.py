"""Scheduled work: worthless if lost, since the next tick finds what waits."""

from celery import shared_task

from accounts.actions import run_job
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
