"""Answers unchanged pages with 304 in front of Django, whose handler and middleware would take most of the time.

Whatever is not answered here, Django answers: a page that has changed, a session that has ended, a request too many, a
database that fails.
"""

from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.handlers.wsgi import WSGIRequest
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.http import HttpRequest

from cmp_portal.lib import requests, sessions, versions
from cmp_portal.lib.headers import ASKED_ABOUT
from cmp_portal.lib.load_shedding import ROOM

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# The browser keeps the page's other headers together with the page (RFC 9110, 15.4.5).
ALWAYS = [("Cache-Control", ASKED_ABOUT), ("Vary", "*")]


class UnchangedPages:
    """A WSGI application around Django's."""

    def __init__(self, application: "WSGIApplication") -> None:
        self.application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("HTTP_IF_NONE_MATCH") and (headers := _headers_if_unchanged(WSGIRequest(environ))):
            start_response("304 Not Modified", headers)
            return ()
        return self.application(environ, start_response)


def _headers_if_unchanged(request: WSGIRequest) -> list[tuple[str, str]] | None:
    started = perf_counter()
    if not _may_be_unchanged(request):
        return None
    number = requests.begin(request)
    request.session = sessions.SessionStore(request.COOKIES[settings.SESSION_COOKIE_NAME])
    if not (version := _version_if_known(request)):
        return None
    request.resolver_match = versions.match(request.path_info)
    request.known_user = int(request.session[SESSION_KEY])  # type: ignore[attr-defined]
    requests.finish(request, 304, perf_counter() - started)
    return [("ETag", version), *ALWAYS, (requests.NUMBER, number)]


def _may_be_unchanged(request: HttpRequest) -> bool:
    return (
        request.method == "GET"
        and settings.SESSION_COOKIE_NAME in request.COOKIES
        and versions.match(request.path_info) is not None
        and (request.is_secure() or not settings.SECURE_SSL_REDIRECT)
    )


def _version_if_known(request: HttpRequest) -> str | None:
    """The page's version, if the browser has it."""
    if not ROOM.enter(settings.REQUESTS_AT_ONCE):
        return None
    database = connections[DEFAULT_DB_ALIAS]
    database.health_check_done = True  # type: ignore[attr-defined] # the query itself finds out
    try:
        return versions.known_version(request)
    except Error as error:
        # Django asks again only where the old connection was gone; elsewhere people would wait for two timeouts.
        if database.connection is None or database.is_usable():
            request.META[versions.ROW] = error
        return None
    finally:
        database.close_if_unusable_or_obsolete()
        ROOM.leave()
