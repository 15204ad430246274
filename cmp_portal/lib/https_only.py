"""Handling of plain HTTP: pages are redirected to HTTPS, everything else is refused.

A program that is redirected would go on sending its secrets unencrypted, and nobody would notice.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from cmp_portal.lib.problems import problem

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# Paths requested by programs: providers' systems, Prometheus, calendars, badge verifiers.
PROGRAMS = ("/api/v", "/metrics", "/calendar/", "/.well-known/", "/badges/")
SAID = "Use HTTPS. What was sent over HTTP may have been read on its way: replace the token or the URL."


class PlainHttpMiddleware:
    """Runs before Django's SecurityMiddleware, which redirects everything to HTTPS."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and not _is_page(request):
            return problem(403, SAID)
        return self.get_response(request)


def _is_page(request: HttpRequest) -> bool:
    return request.method in {"GET", "HEAD"} and not request.path_info.startswith(PROGRAMS)
