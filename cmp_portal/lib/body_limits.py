"""Limits on the size of a request body; an oversized one is refused by its Content-Length, before it is read."""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from cmp_portal.lib.formatting import size_text

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def takes_files(view: View) -> View:
    """Let the view's form upload documents; all other forms have room for text only."""
    return takes_up_to("UPLOAD_MAX_BYTES", view)


def takes_up_to(limit: str, view: View) -> View:
    """Set the view's body limit to the setting of this name, in bytes."""
    view.body_limit = limit  # type: ignore[attr-defined]
    return view


class BodyLimitMiddleware:
    """Refuses oversized bodies before anything parses a form.

    A body without a Content-Length is never read: views see it as empty.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: object, kwargs: object
    ) -> HttpResponse | None:
        most = getattr(settings, getattr(view, "body_limit", "DATA_UPLOAD_MAX_MEMORY_SIZE"))
        if _announced(request) <= most:
            return None
        return render(request, "413.html", {"size": size_text(most)}, status=413)


def _announced(request: HttpRequest) -> int:
    """The Content-Length in bytes; 0 when missing or malformed, as for Django's own parser."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
