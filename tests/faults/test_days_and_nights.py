from datetime import date, timedelta

import pytest

from faults.cases.f7 import cycles_ending, wrong_ends, wrong_reminders

LEAP_DAY = date(2028, 2, 29)


def test_ends_keep_to_their_anchor_for_forty_years():
    assert wrong_ends() == 0


@pytest.mark.parametrize("pause", [1, 3, 40])
def test_reminders_come_once_and_the_nearest_only_whatever_nights_are_missed(db, pause):
    ends = cycles_ending([LEAP_DAY, date(2028, 3, 1)])

    nights = [LEAP_DAY + timedelta(days=day) for day in range(-200, 40, pause)]

    assert wrong_reminders(ends, nights) == 0
