"""What stands in an address, and the addresses of pages."""

from functools import cache

from django.urls import reverse


def number(text: str | None) -> int | None:
    """A row's number as it stands in a query string; None for anything else, also for numbers no row can have."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


@cache
def page(name: str) -> str:
    """The address of a page that takes nothing, looked up once."""
    return reverse(name)
