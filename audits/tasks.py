"""Scheduled tasks; safe to lose, since the next run catches up by date."""

from celery import shared_task

from accounts.actions import run_job
from audits import actions
from cmp_portal.lib.clock import board_day


@shared_task
def remind_audits() -> int | None:
    """Remind holders of documents due for an audit."""
    return run_job("remind_audits", lambda at: actions.remind(on=board_day(at), at=at))
