import os
from concurrent.futures import ThreadPoolExecutor
from threading import Event, get_native_id
from time import perf_counter, sleep

import pytest
from django.test import RequestFactory

from accounts.middleware import CrowdedMiddleware
from cmp_portal.lib import throttled_work as module
from cmp_portal.lib.throttled_work import NICENESS, REST, WAITING, Crowded, run_throttled
from cmp_portal.serving import threads


def test_work_yields_to_everything_else():
    assert run_throttled(lambda: os.getpriority(os.PRIO_PROCESS, get_native_id())) == NICENESS


def test_nobody_waits_for_the_rest_after_their_own_work():
    started = perf_counter()

    run_throttled(lambda: sleep(0.1))

    assert perf_counter() - started < 0.1 * (1 + REST)


def test_the_next_one_waits_for_it():
    run_throttled(lambda: sleep(0.1))
    started = perf_counter()

    run_throttled(int)

    assert perf_counter() - started > 0.1 * (REST - 1)


def test_a_problem_is_of_whoever_asked():
    with pytest.raises(ZeroDivisionError):
        run_throttled(lambda: 1 / 0)
    assert run_throttled(int) == 0


def test_who_comes_to_a_long_queue_is_asked_to_come_back():
    go_on = Event()
    _thread, room = module._thread(os.getpid())

    with ThreadPoolExecutor(WAITING) as waiting_room:
        waiting = [waiting_room.submit(run_throttled, lambda: go_on.wait(10)) for _place in range(WAITING)]
        while room._value:
            sleep(0.01)
        with pytest.raises(Crowded):
            run_throttled(int)
        go_on.set()
        assert [one.result(10) for one in waiting] == [True] * WAITING
    assert run_throttled(int) == 0


def test_however_many_wait_there_is_room_for_pages():
    assert threads > WAITING


def test_flood_is_answered_with_a_page_that_says_when_to_come_back():
    answer = CrowdedMiddleware(lambda _: None).process_exception(RequestFactory().get("/"), Crowded())

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_other_errors_go_their_way():
    assert CrowdedMiddleware(lambda _: None).process_exception(RequestFactory().get("/"), ValueError()) is None
