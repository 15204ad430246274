from datetime import datetime

from celery import shared_task

from accounts import actions
from cmp_portal.lib import clock


@shared_task
def deliver_alerts() -> int | None:
    """Mails all alerts and digests that wait; worthless if lost, since the next tick finds them again."""
    return actions.run_job("deliver_alerts", _deliver_all)


def _deliver_all(at: datetime) -> int:
    actions.gather_digests(at=at)
    return actions.deliver_all(clock=clock.now)
