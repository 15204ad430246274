from datetime import UTC, date, datetime

import pytest
import time_machine

from cmp_portal.lib import clock


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2018, 7, 1, 4, 59, 59, tzinfo=UTC), date(2018, 6, 30)),
        (datetime(2018, 7, 1, 5, 0, tzinfo=UTC), date(2018, 7, 1)),
        (datetime(2026, 1, 1, 5, 59, 59, tzinfo=UTC), date(2025, 12, 31)),
        (datetime(2026, 1, 1, 6, 0, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 3, 9, 4, 59, tzinfo=UTC), date(2026, 3, 8)),
    ],
    ids=["last second in summer", "midnight in summer", "last second in winter", "midnight in winter", "clock change"],
)
def test_board_day_ends_at_the_boards_midnight(moment, day):
    assert clock.board_day(moment) == day


def test_board_day_is_a_setting(settings):
    settings.BOARD_TIME_ZONE = "Asia/Tokyo"

    assert clock.board_day(datetime(2026, 1, 1, 15, 0, tzinfo=UTC)) == date(2026, 1, 2)


def test_today_is_the_boards_day_now():
    with time_machine.travel(datetime(2026, 7, 1, 3, 0, tzinfo=UTC), tick=False):
        assert clock.today() == date(2026, 6, 30)


def test_now_knows_its_zone(now):
    assert clock.now() == now
