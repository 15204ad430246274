"""Password hashes that cost an attacker much and other pages little."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from threading import BoundedSemaphore, get_native_id
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

Result = TypeVar("Result")
NICENESS = 10
# In each process; whoever comes while so many wait is asked to try again.
WAITING = 4


class PasswordsBusy(Exception):
    """Too many passwords are being checked at the moment."""


class GentleArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id at OWASP's minimum, or as ARGON2_* say: one at a time, in a thread that yields to all others."""

    time_cost = settings.ARGON2_TIME_COST
    memory_cost = settings.ARGON2_MEMORY_KIB
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return gently(lambda: super(GentleArgon2PasswordHasher, self).encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        return gently(lambda: super(GentleArgon2PasswordHasher, self).verify(password, encoded))


def gently(work: Callable[[], Result]) -> Result:
    """Does heavy work in this process's one gentle thread; PasswordsBusy when many wait for it already."""
    # By process: threads do not survive a fork.
    thread, room = _thread(os.getpid())
    if not room.acquire(blocking=False):
        raise PasswordsBusy
    try:
        return thread.submit(work).result()
    finally:
        room.release()


@lru_cache(maxsize=1)
def _thread(_process: int) -> tuple[ThreadPoolExecutor, BoundedSemaphore]:
    return ThreadPoolExecutor(1, "passwords", initializer=_step_back), BoundedSemaphore(WAITING)


def _step_back() -> None:
    """On Linux a thread has a niceness of its own; elsewhere all of the process would get it."""
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
