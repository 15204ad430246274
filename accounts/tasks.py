from datetime import datetime

from celery import shared_task

from accounts import actions
from cmp_portal.lib import clock


@shared_task
def deliver_alerts() -> int | None:
    """Mails all alerts, digests and letters that wait; worthless if lost, since the next tick finds them again."""
    return actions.run_job("deliver_alerts", _deliver_all)


def _deliver_all(at: datetime) -> int:
    actions.withdraw_pointless_invitations(at=at)
    actions.gather_digests(at=at)
    return actions.deliver_all(clock=clock.now)


@shared_task
def check_documents() -> int | None:
    """Looks into documents that prove changes."""
    return actions.run_job("check_documents", lambda at: actions.check_documents(at=at))


@shared_task
def sweep_documents() -> int | None:
    """Clears away documents of changes that belong to nobody."""
    return actions.run_job("sweep_documents", lambda at: actions.sweep_documents(at=at))
