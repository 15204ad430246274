"""Days as people read them."""

from datetime import date
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language


def longdate(day: date) -> str:
    """The day in words, with its year: 30 June 2018."""
    return _written(day, "j F Y", get_language())


def shortdate(day: date) -> str:
    """The day where many of them stand one under the other: 30 Jun 2018."""
    return _written(day, "j M Y", get_language())


@lru_cache(maxsize=4096)
def _written(day: date, form: str, language: str | None) -> str:
    return date_format(day, form)
