"""Sending what waits for providers."""

from datetime import timedelta

import time_machine

from cmp_portal.lib import clock
from education import actions
from tests.fixtures import NOON


def deliver(*, after=timedelta(0)):
    """So long after noon; how many notices arrived."""
    with time_machine.travel(NOON + after, tick=False):
        return actions.deliver_webhooks(clock=clock.now)
