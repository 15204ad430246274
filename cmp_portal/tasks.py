"""Scheduled jobs that span the apps; a lost one is caught up by the next tick of the same day."""

from celery import shared_task

from accounts.actions import run_job
from cmp_portal import ledger


@shared_task
def verify_ledger() -> int | None:
    """Run all consistency checks; the run's number of rows is that of differences."""
    return run_job("verify_ledger", lambda at: ledger.verify(at=at), nightly=True)
