"""Runs CPU-heavy work of requests in one low-priority thread, so that other requests hardly notice."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from threading import BoundedSemaphore, get_native_id
from time import perf_counter, sleep
from typing import TypeVar

from cmp_portal.lib.load_shedding import aside

Result = TypeVar("Result")
NICENESS = 10
# Sleep this many times as long as each piece of work took: at most a quarter of a core per process.
REST = 3
# Per process, each occupying a thread of the web server; beyond that, requests are asked to try again.
WAITING = 28


class Crowded(Exception):
    """Too many are waiting already."""


def run_throttled(work: Callable[[], Result]) -> Result:
    """Run the work in this process's single low-priority thread, in order of arrival.

    Raises Crowded when too many are waiting.
    """
    # Keyed by process, since threads do not survive a fork.
    thread, room = _thread(os.getpid())
    if not room.acquire(blocking=False):
        raise Crowded
    done: Future[Result] = Future()
    try:
        thread.submit(_work_and_rest, work, done)
        with aside():
            return done.result()
    finally:
        room.release()


def _work_and_rest(work: Callable[[], Result], done: "Future[Result]") -> None:
    started = perf_counter()
    try:
        done.set_result(work())
    except BaseException as problem:
        done.set_exception(problem)
    sleep(REST * (perf_counter() - started))


@lru_cache(maxsize=1)
def _thread(_process: int) -> tuple[ThreadPoolExecutor, BoundedSemaphore]:
    return ThreadPoolExecutor(1, "gently", initializer=_step_back), BoundedSemaphore(WAITING)


def _step_back() -> None:
    """Lower the thread's priority, where the platform allows it.

    On Linux, niceness is per thread; elsewhere it would apply to the whole process.
    """
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
