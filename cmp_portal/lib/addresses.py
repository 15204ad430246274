"""Parsing of ids from query strings, and cached URLs of pages."""

from functools import cache

from django.urls import reverse


def number(text: str | None) -> int | None:
    """A primary key from a query string; None for anything else, including numbers too large for a key."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


@cache
def page(name: str) -> str:
    """The URL of a page without arguments; resolved once and cached."""
    return reverse(name)
