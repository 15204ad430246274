from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import time_machine

from cmp_portal.lib.public_rate_limits import seconds_to_wait
from tests.fixtures import NOON


def ask(key="one", *, after=0.0, amount=2):
    with time_machine.travel(NOON + timedelta(seconds=after), tick=False):
        return seconds_to_wait("requests", key=key, amount=amount, per=60)


def test_places_are_given_until_none_is_left():
    assert [ask(after=after) for after in (0, 10, 20, 59.5, 60, 61, 70)] == [0, 0, 40, 1, 0, 9, 0]


def test_keys_have_places_of_their_own():
    assert [ask(amount=1), ask("two", amount=1), ask(after=1, amount=1)] == [0, 0, 59]


def test_many_at_once_get_no_more_places_than_there_are():
    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(lambda _: seconds_to_wait("together", key="one", amount=5, per=60), range(40)))

    assert waits.count(0) == 5
