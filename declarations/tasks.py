"""Scheduled work: worthless if lost, since the next tick catches up by date."""

from celery import shared_task

from accounts.actions import run_job
from cmp_portal.lib.clock import board_day
from declarations import actions


@shared_task
def alert_ready() -> int | None:
    """Asks for declarations that can be submitted now."""
    return run_job("alert_ready", lambda at: actions.alert_ready(on=board_day(at), at=at))


@shared_task
def send_reminders() -> int | None:
    """Reminds of expiration, and tells of documents that may go."""
    return run_job("send_reminders", lambda at: actions.send_reminders(on=board_day(at), at=at))


@shared_task
def roll_cycles() -> int | None:
    """Renews what is approved and due."""
    return run_job("roll_cycles", lambda at: actions.roll(on=board_day(at), at=at))


@shared_task
def reconcile_payments() -> int | None:
    """Finds payments and refunds that nobody told us of."""
    return run_job("reconcile_payments", lambda at: actions.reconcile_payments(at=at))


@shared_task
def mend_queue() -> int | None:
    """Catches up in the queue of reviews with what changed elsewhere."""
    return run_job("mend_queue", lambda at: actions.mend_queue())
