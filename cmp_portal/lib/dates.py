"""Days and moments as people read them."""

from datetime import date, datetime
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _


def longdate(day: date) -> str:
    """The day in words, with its year: 30 June 2018."""
    return _long(day, get_language())


def shortdate(day: date) -> str:
    """The day where many of them stand one under the other: 30 Jun 2018."""
    return _short(day, get_language())


def longmoment(at: datetime) -> str:
    """The moment in words, where its reader is, with the zone: 30 June 2018, 17:05 CDT."""
    return date_format(localtime(at), _("j F Y, H:i T"))


def month_names(language: str) -> list[str]:
    """The twelve months as they stand in a day's words, for those who write days in the database."""
    with override(language):
        return [date_format(date(2000, month, 1), "F") for month in range(1, 13)]


@lru_cache(maxsize=4096)
def _long(day: date, language: str | None) -> str:
    return date_format(day, _("j F Y"))


@lru_cache(maxsize=4096)
def _short(day: date, language: str | None) -> str:
    return date_format(day, _("j M Y"))
