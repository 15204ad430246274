"""What comes by plain http: a page that somebody typed leads to https, and all else is refused.

A program that is led on would go on sending its secrets in the clear, and nobody would find out.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from cmp_portal.lib.problems import problem

Response = Callable[[HttpRequest], HttpResponseBase]
# Asked by programs: systems of providers, Prometheus, calendars, verifiers of badges.
PROGRAMS = ("/api/v", "/metrics", "/calendar/", "/.well-known/", "/badges/")
SAID = "Ask by https. What was sent by http may have been read on its way: replace the token or the address."


class PlainHttpMiddleware:
    """Stands before Django's own, which leads everything to https."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and not _is_page(request):
            return problem(403, SAID)
        return self.get_response(request)


def _is_page(request: HttpRequest) -> bool:
    return request.method in {"GET", "HEAD"} and not request.path_info.startswith(PROGRAMS)
