"""Heavy work of a request, done so that all other requests hardly notice."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from threading import BoundedSemaphore, get_native_id
from time import perf_counter, sleep
from typing import TypeVar

from cmp_portal.lib.crowds import aside

Result = TypeVar("Result")
NICENESS = 10
# After each piece of work, so many times as long: a process gives a quarter of a core to it and no more.
REST = 3
# In each process, each on a thread of the web server; whoever comes while so many wait is asked to try again.
WAITING = 28


class Busy(Exception):
    """Too many wait for their turn already."""


def gently(work: Callable[[], Result]) -> Result:
    """Does the work in this process's one gentle thread, after those who came before; Busy when too many wait."""
    # By process: threads do not survive a fork.
    thread, room = _thread(os.getpid())
    if not room.acquire(blocking=False):
        raise Busy
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
    """On Linux a thread has a niceness of its own; elsewhere all of the process would get it."""
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
