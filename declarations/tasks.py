"""Scheduled tasks. Losing one is harmless: the next run catches up by date."""

from celery import shared_task

from accounts.actions import run_job
from cmp_portal.lib.clock import board_day
from declarations import actions


@shared_task
def alert_ready() -> int | None:
    """Ask for declarations that can be submitted now."""
    return run_job("alert_ready", lambda at: actions.alert_ready(on=board_day(at), at=at))


@shared_task
def send_reminders() -> int | None:
    """Remind of expiration, and tell of documents that may be discarded."""
    return run_job("send_reminders", lambda at: actions.send_reminders(on=board_day(at), at=at))


@shared_task
def roll_cycles() -> int | None:
    """Renew the cycles of approved declarations that are due."""
    return run_job("roll_cycles", lambda at: actions.roll(on=board_day(at), at=at))


@shared_task
def reconcile_payments() -> int | None:
    """Find payments and refunds that no webhook reported."""
    return run_job("reconcile_payments", lambda at: actions.reconcile_payments(at=at))


@shared_task
def mend_queue() -> int | None:
    """Reconcile the review queue with changes made elsewhere."""
    return run_job("mend_queue", lambda at: actions.mend_queue())
