"""Days as people read them."""

from datetime import date
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language


def longdate(day: date) -> str:
    """The day in words, with its year: 30 June 2018."""
    return _longdate(day, get_language())


@lru_cache(maxsize=4096)
def _longdate(day: date, language: str | None) -> str:
    return date_format(day, "j F Y")
