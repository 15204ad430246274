"""Logs one line per request, with an id that the response carries too."""

import logging
import os
import re
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from cmp_portal.lib import metrics
from cmp_portal.lib.logs import set_context, write

GetResponse = Callable[[HttpRequest], HttpResponseBase]
NUMBER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9-]{16,64}", re.ASCII)
# Polled by machines every few seconds; logged only on errors.
QUIET = frozenset({"healthz", "readyz", "metrics"})
log = logging.getLogger(__name__)
_spare_ids: list[str] = []
os.register_at_fork(after_in_child=_spare_ids.clear)  # so that no two processes use the same


class RequestLineMiddleware:
    """Logs user id and route; no path, since it may contain personal keys, no query string and no form data."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        number, started = begin(request), time.perf_counter()
        answer = self.get_response(request)
        answer[NUMBER] = number
        finish(request, answer.status_code, time.perf_counter() - started)
        return answer


def begin(request: HttpRequest) -> str:
    """Give everything logged from here on the request's id, which is returned."""
    number = request_id(request)
    set_context(request_id=number)
    return number


def request_id(request: HttpRequest) -> str:
    """The proxy's request id if it is well formed, else a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if WELL_FORMED.fullmatch(given) else _new_id()


def _new_id() -> str:
    """A random id, drawn in batches: each draw is a system call, at which another thread may go first."""
    while True:
        try:
            return _spare_ids.pop()
        except IndexError:
            drawn = os.urandom(16 * 64).hex()
            _spare_ids.extend(drawn[at : at + 32] for at in range(0, len(drawn), 32))


def route_of(request: HttpRequest) -> str:
    """The URL name of the page, without its path or arguments."""
    if request.resolver_match:
        return request.resolver_match.view_name or "unnamed"
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "unknown"


def finish(request: HttpRequest, status: int, seconds: float) -> None:
    """Count the request, and log its line."""
    route = route_of(request)
    metrics.observe(route, status, seconds)
    if route in QUIET and status < 400:
        return
    # Only a user already loaded: reading request.user would query the database.
    user = getattr(getattr(request, "_cached_user", None), "pk", None) or getattr(request, "known_user", None)
    address = {"address": request.META.get("REMOTE_ADDR", "")} if settings.LOG_ADDRESSES else {}
    method = request.method if request.method in metrics.METHODS else "other"
    ms = round(seconds * 1000, 1)
    write(log, "request", method=method, route=route, status=status, ms=ms, user=user, **address)
