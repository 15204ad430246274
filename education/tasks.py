"""Scheduled work: worthless if lost, since the next tick finds what waits."""

from celery import shared_task

from accounts.actions import run_job
from education import actions


@shared_task
def reconcile_status() -> int | None:
    """Mends the status rows that say something else than the shares."""
    return run_job("reconcile_status", lambda at: actions.reconcile_status(at=at))
