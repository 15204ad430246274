from datetime import datetime

from celery import shared_task

from accounts import actions
from cmp_portal.lib import clock


@shared_task
def deliver_alerts() -> int | None:
    """Send all alerts, digests and letters that are due; safe to lose, since the next run finds them."""
    return actions.run_job("deliver_alerts", deliver_all)


def deliver_all(at: datetime) -> int:
    actions.withdraw_pointless_invitations(at=at)
    actions.gather_digests(at=at)
    return actions.deliver_all(clock=clock.now)


@shared_task
def check_documents() -> int | None:
    """Scan documents of change requests."""
    return actions.run_job("check_documents", lambda at: actions.check_documents(at=at))


@shared_task
def sweep_documents() -> int | None:
    """Delete orphaned documents of change requests."""
    return actions.run_job("sweep_documents", lambda at: actions.sweep_documents(at=at))
