"""Days as people read them."""

from datetime import date

from django.utils.formats import date_format


def longdate(day: date) -> str:
    """The day in words, with its year: 30 June 2018."""
    return date_format(day, "j F Y")
