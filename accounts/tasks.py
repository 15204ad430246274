from dataclasses import astuple
from datetime import datetime

from celery import shared_task

from accounts import actions
from cmp_portal.lib import clock


@shared_task
def deliver_alerts() -> int | None:
    """Mails all alerts that wait; worthless if lost, since the next tick finds them again."""
    return actions.run_job("deliver_alerts", _deliver_all)


def _deliver_all(at: datetime) -> int:
    total = 0
    while any(astuple(delivery := actions.deliver(at=clock.now()))):
        total += delivery.sent
        actions.report(total)
    return total
