"""Formats dates and times for people."""

import re
from datetime import date, datetime
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def longdate(day: date) -> str:
    """The date in words, with the year: 30 June 2018."""
    return _long(day, get_language())


def shortdate(day: date) -> str:
    """The date abbreviated for columns: 30 Jun 2018."""
    return _short(day, get_language())


def longmoment(at: datetime) -> str:
    """The moment in the reader's time zone, with its name: 30 June 2018, 17:05 CDT."""
    return date_format(localtime(at), _("j F Y, H:i T"))


def longdate_sql(day: str) -> str:
    """SQL expression that formats a date column as `longdate` does, in the current language."""
    parts = {
        "j": f"to_char({day}, 'FMDD')",
        "F": f"(ARRAY[{_months(get_language())}])[extract(month FROM {day})::int]",
        "Y": f"to_char({day}, 'YYYY')",
    }
    marks = re.findall(r"\\?.", _("j F Y"))
    return " || ".join(parts.get(mark, f"'{mark[-1]}'") for mark in marks)


@lru_cache
def _months(language: str | None) -> str:
    return ", ".join(f"'{date_format(date(2000, month, 1), 'F')}'" for month in range(1, 13))


@lru_cache(maxsize=4096)
def _long(day: date, language: str | None) -> str:
    return date_format(day, _("j F Y"))


@lru_cache(maxsize=4096)
def _short(day: date, language: str | None) -> str:
    return date_format(day, _("j M Y"))
