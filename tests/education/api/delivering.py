"""Deliver pending webhook notices."""

from datetime import timedelta

import time_machine

from cmp_portal.lib import clock
from education import actions
from tests.fixtures import NOON


def deliver(*, after=timedelta(0)):
    """Run a delivery at noon plus `after`; returns how many notices arrived."""
    with time_machine.travel(NOON + after, tick=False):
        return actions.deliver_webhooks(clock=clock.now)
