"""Scheduled work that spans the apps: worthless if lost, since the next tick of the same day finds it undone."""

from celery import shared_task

from accounts.actions import run_job
from cmp_portal import ledger


@shared_task
def verify_ledger() -> int | None:
    """Recomputes everything; the rows of the run are the differences."""
    return run_job("verify_ledger", lambda at: ledger.verify(at=at), nightly=True)
