"""Parsing of ids from query strings, cached URLs of pages, and the way back to a page or list."""

from functools import cache
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

# Carries the filters of a list of the back office to the pages below it.
FILTERS = "_changelist_filters"


def number(text: str | None) -> int | None:
    """A primary key from a query string; None for anything else, including numbers too large for a key."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


@cache
def page(name: str) -> str:
    """The URL of a page without arguments; resolved once and cached."""
    return reverse(name)


def came_from(request: HttpRequest, *, otherwise: str) -> str:
    """The page that the form was on, if the browser's Referer tells; never another site."""
    url = request.headers.get("Referer", "")
    return url if url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure()) else otherwise


def below(url: str, filters: str) -> str:
    """The URL of a page below a list, which leads back to the list with these filters, a query string."""
    if not url or not filters:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, urlencode({FILTERS: filters})]))))
