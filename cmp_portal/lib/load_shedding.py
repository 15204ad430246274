"""Load shedding: limits the requests a process handles at once; beyond that it answers 503 with Retry-After.

Handling more at once answers none of them sooner: each waits for all the others, until nobody gets an answer in time.
So a few are told at once to try again, and everyone else gets pages as fast as ever.
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
# Seconds after which most of a burst has been answered.
COME_BACK = 5
# Monitoring must get through, above all when the portal is full.
WATCHING = frozenset({"/healthz", "/readyz", "/metrics"})


class Room:
    """Counts the requests a process is handling."""

    def __init__(self) -> None:
        self.taken = 0
        self.lock = Lock()

    def enter(self, places: int) -> bool:
        """Take one of so many places; False if as many are taken."""
        with self.lock:
            if self.taken >= places:
                return False
            self.taken += 1
            return True

    def leave(self) -> None:
        with self.lock:
            self.taken -= 1

    def come_back(self) -> None:
        """Take the place back even if the process is full, so that nobody is turned away halfway."""
        with self.lock:
            self.taken += 1


ROOM = Room()
_is_inside = ContextVar("_is_inside", default=False)


@contextmanager
def aside() -> Iterator[None]:
    """Give up the request's place while it waits for something outside this process."""
    if not _is_inside.get():
        yield
        return
    ROOM.leave()
    try:
        yield
    finally:
        ROOM.come_back()


class LoadSheddingMiddleware:
    """Runs after static files have been served and before anything queries the database."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _is_apart(request):
            return self.get_response(request)
        if not ROOM.enter(_places_for(request)):
            return HttpResponse(_come_back(get_language()), status=503, headers={"Retry-After": str(COME_BACK)})
        inside = _is_inside.set(True)
        try:
            return self.get_response(request)
        finally:
            _is_inside.reset(inside)
            ROOM.leave()


def _is_apart(request: HttpRequest) -> bool:
    """Whether the request is exempt: monitoring, and uploads, which are as slow as the client's connection."""
    return request.path_info in WATCHING or request.content_type == "multipart/form-data"


def _places_for(request: HttpRequest) -> int:
    """A third of the places is kept for people with a session: a flood of logins turns away nobody at work."""
    places: int = settings.REQUESTS_AT_ONCE
    return places if settings.SESSION_COOKIE_NAME in request.COOKIES else places - places // 3


@lru_cache
def _come_back(_language: str | None) -> str:
    return render_to_string("503_crowded.html")
