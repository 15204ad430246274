"""When two transactions stand in each other's way, the one that lost tries again before anybody hears of it."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.contrib import messages
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

P = ParamSpec("P")
Result = TypeVar("Result")
Response = Callable[[HttpRequest], HttpResponseBase]

ATTEMPTS = 3
# Apart by chance, so that two that met once do not meet again.
PAUSE = 0.05  # seconds
LOST = frozenset({"40P01", "40001", "55P03"})  # deadlock, serialization failure, lock timeout


# A statement or a transaction that took longer than the web may wait.
TOO_SLOW = frozenset({"57014", "25P03"})


class Busy(Exception):
    """Others were changing the same rows, time and again; nothing was changed."""


def lost_a_lock(error: BaseException) -> bool:
    """Whether the database gave up on us for the sake of somebody else, so that trying again helps."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "pgcode", None) in LOST


def took_too_long(error: BaseException | None) -> bool:
    """Whether the database was too busy for us, with this statement or in the waiting for a lock."""
    if isinstance(error, OperationalError) and getattr(error.__cause__, "pgcode", None) in TOO_SLOW:
        return True
    return error is not None and (isinstance(error, Busy) or lost_a_lock(error))


def patient(action: Callable[P, Result]) -> Callable[P, Result]:
    """Runs the whole action again when it lost a lock; Busy when it always did.

    Inside a transaction nothing can be tried again: there the error is left to whoever began it.
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
    """A form whose lock is lost for good is a message on the page one came from, never an error."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if request.method != "POST" or not (isinstance(exception, Busy) or lost_a_lock(exception)):
            return None
        messages.error(request, _("Something else was changing your record, so nothing was saved. Please try again."))
        return redirect(_where_from(request))


def _where_from(request: HttpRequest) -> str:
    """The page with the button, if the browser says so; never another site."""
    page = request.headers.get("Referer", "")
    return page if url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()) else "/"
