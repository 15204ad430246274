"""Retries transactions that lost a lock conflict, before the user notices."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.contrib import messages
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from cmp_portal.lib.addresses import came_from

P = ParamSpec("P")
Result = TypeVar("Result")
GetResponse = Callable[[HttpRequest], HttpResponseBase]

ATTEMPTS = 3
# Randomized, so that two transactions that collided do not collide again.
PAUSE = 0.05  # seconds
LOST = frozenset({"40P01", "40001", "55P03"})  # deadlock, serialization failure, lock timeout
# Query canceled by statement timeout; idle-in-transaction timeout.
TOO_SLOW = frozenset({"57014", "25P03"})


class Busy(Exception):
    """Every retry lost a lock conflict; nothing was changed."""


def lost_a_lock(error: BaseException) -> bool:
    """Whether the database aborted our transaction in favor of another, so that a retry helps."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "pgcode", None) in LOST


def took_too_long(error: BaseException | None) -> bool:
    """Whether a statement timed out or a lock could not be obtained in time."""
    if isinstance(error, OperationalError) and getattr(error.__cause__, "pgcode", None) in TOO_SLOW:
        return True
    return error is not None and (isinstance(error, Busy) or lost_a_lock(error))


def retry_on_conflict(action: Callable[P, Result]) -> Callable[P, Result]:
    """Retry the whole action when it loses a lock; raises Busy after the last attempt.

    Inside a transaction nothing can be retried: there the error is left to whoever opened it.
    """

    @wraps(action)
    def persistent(*args: P.args, **kwargs: P.kwargs) -> Result:
        for attempt in range(ATTEMPTS):
            try:
                return action(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or not lost_a_lock(error):
                    raise
            time.sleep(PAUSE * (attempt + random.random()))  # noqa: S311 (no secret)
        raise Busy

    return persistent


class BusyMiddleware:
    """Turns a form submission that lost its lock for good into a message on the page it came from."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if request.method != "POST" or not (isinstance(exception, Busy) or lost_a_lock(exception)):
            return None
        messages.error(request, _("Something else was changing your record, so nothing was saved. Please try again."))
        return redirect(came_from(request, otherwise="/"))
