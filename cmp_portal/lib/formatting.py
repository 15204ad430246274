"""Formats numbers, durations and names for people."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

Given = ParamSpec("Given")
Words = TypeVar("Words")

# Looked for in the User-Agent header; the first match wins, since most browsers name others too.
BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "CrOS": "Chromebook",
    "Linux": "Linux",
}


def spoken(words: Callable[Given, Words]) -> Callable[Given, Words]:
    """Cache texts that depend only on their arguments and the current language."""

    @lru_cache(maxsize=4096)
    def kept(_language: str | None, *given: Given.args, **named: Given.kwargs) -> Words:
        return words(*given, **named)

    @wraps(words)
    def say(*given: Given.args, **named: Given.kwargs) -> Words:
        return kept(get_language(), *given, **named)  # type: ignore[arg-type] # what is given is hashable

    return say


def points_text(points: Decimal) -> str:
    """Points without trailing zeros: 4.50 is "4.5", 36.00 is "36"."""
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def points_words(points: Decimal | str) -> str:
    """Points with their unit: "1 point", "4.5 points"."""
    text = points if isinstance(points, str) else points_text(points)
    return ngettext("%(points)s point", "%(points)s points", 1 if text == "1" else 2) % {"points": text}


def points_words_sql(points: str) -> str:
    """SQL expression that formats a number of points as `points_words` does, in the current language."""
    text = f"rtrim(to_char({points}, 'FM9999999990.99'), '.')"
    return f"CASE WHEN {points} = 1 THEN '{points_words('1')}' ELSE replace('{points_words('#')}', '#', {text}) END"


def years_words_sql(years: str) -> str:
    """SQL expression that writes a whole number of years, such as "3 years", in the current language."""
    one, more = (ngettext("%(years)s year", "%(years)s years", number) % {"years": "#"} for number in (1, 2))
    return f"replace(CASE WHEN {years} = 1 THEN '{one}' ELSE '{more}' END, '#', ({years})::text)"


def size_text(size: int) -> str:
    """A size without needless decimals, such as "20 MB"."""
    return filesizeformat(size).replace(".0\xa0", "\xa0")


# The maximum size of a document, for help texts that are written before the settings are read.
largest_document = lazy(lambda: size_text(settings.EVIDENCE_MAX_BYTES), str)()


def span_words(span: timedelta) -> str:
    """An approximate duration in the largest unit that fits twice or exactly once: "40 min", "27 h", "0.3 s"."""
    seconds = span.total_seconds()
    if seconds < 1:
        return _("%(number)s s") % {"number": f"{seconds:.1f}"}
    for words, length in ((_("%(number)d d"), 86_400), (_("%(number)d h"), 3_600), (_("%(number)d min"), 60)):
        if seconds >= 2 * length or seconds == length:
            return words % {"number": seconds // length}
    return _("%(number)s s") % {"number": int(seconds)}


def device(user_agent: str) -> str:
    """Browser and system by their familiar names: "Firefox, Windows"."""
    known = [next((name for mark, name in names.items() if mark in user_agent), None) for names in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in known if name) or _("An unknown browser")
