"""How many requests a process works on at once; whoever comes when it is full is asked to come back.

More at once are answered no sooner: each waits for all the others, until nobody gets an answer in time. So some hear at
once that they are to try again, and all others have their page as quickly as ever.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import get_language

Response = Callable[[HttpRequest], HttpResponseBase]
# Seconds after which most of a crowd has been answered.
COME_BACK = 5
# What watches the portal has to hear from it most of all when it is full.
WATCHING = frozenset({"/healthz", "/readyz", "/metrics"})


class Room:
    """The places of a process."""

    def __init__(self) -> None:
        self.taken = 0
        self.lock = Lock()

    def enter(self) -> bool:
        with self.lock:
            if self.taken >= settings.REQUESTS_AT_ONCE:
                return False
            self.taken += 1
            return True

    def leave(self) -> None:
        with self.lock:
            self.taken -= 1

    def come_back(self) -> None:
        """Whoever was in before is not sent away half-way."""
        with self.lock:
            self.taken += 1


ROOM = Room()
_is_inside = ContextVar("_is_inside", default=False)


@contextmanager
def aside() -> Iterator[None]:
    """Whoever waits for something else than this process leaves the place to others meanwhile."""
    if not _is_inside.get():
        yield
        return
    ROOM.leave()
    try:
        yield
    finally:
        ROOM.come_back()


class CrowdMiddleware:
    """Stands behind the files and before whatever asks the database."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _is_apart(request):
            return self.get_response(request)
        if not ROOM.enter():
            return HttpResponse(_come_back(get_language()), status=503, headers={"Retry-After": str(COME_BACK)})
        inside = _is_inside.set(True)
        try:
            return self.get_response(request)
        finally:
            _is_inside.reset(inside)
            ROOM.leave()


def _is_apart(request: HttpRequest) -> bool:
    """Documents come as slowly as somebody's line is; waiting for them is no work."""
    return request.path_info in WATCHING or request.content_type == "multipart/form-data"


@lru_cache
def _come_back(_language: str | None) -> str:
    return render_to_string("503_crowded.html")
