"""How much a request may bring along; what is larger is refused by the length it announces, before it is read."""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

Response = Callable[[HttpRequest], HttpResponseBase]
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def takes_files(view: View) -> View:
    """Lets the view's form bring documents along; every other one has room for text alone."""
    return takes_up_to("UPLOAD_MAX_BYTES", view)


def takes_up_to(limit: str, view: View) -> View:
    """Gives the view another room: what the setting of this name says."""
    view.body_limit = limit  # type: ignore[attr-defined]
    return view


class BodyLimitMiddleware:
    """Stands before whatever reads a form.

    A body that does not announce its length is not read at all: to the views it is empty.
    """

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: object, kwargs: object
    ) -> HttpResponse | None:
        most = getattr(settings, getattr(view, "body_limit", "DATA_UPLOAD_MAX_MEMORY_SIZE"))
        if _announced(request) <= most:
            return None
        return render(request, "413.html", {"megabytes": most // 1024**2}, status=413)


def _announced(request: HttpRequest) -> int:
    """The length in bytes; none that can be read counts as none, as it does where the body is read."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
