"""Fixtures that every test may ask for."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from cmp_portal.lib import clock

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=ZoneInfo("America/Chicago"))


@pytest.fixture
def now():
    """The clock stands still: noon of 10 March 2026, the Board's time."""
    with time_machine.travel(NOON, tick=False):
        yield NOON


@pytest.fixture
def today(now):
    return clock.board_day(now)
