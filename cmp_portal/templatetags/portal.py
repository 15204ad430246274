from decimal import Decimal

from django import template
from django.utils.translation import ngettext

from cmp_portal.lib.words import points_text

register = template.Library()

VALIDITY_TONES = {"active": "success", "lifetime": "success", "expired": "danger", "suspended": "warning"}


@register.filter
def points(value: Decimal | str | None) -> str:
    """Points without needless zeros: 4.50 is "4.5", 36.00 is "36"; words pass unchanged."""
    if value is None or isinstance(value, str):
        return value or ""
    return points_text(Decimal(value))


@register.filter
def points_words(value: Decimal | str | None) -> str:
    """Points with their word: "1 point", "4.5 points"."""
    text = points(value)
    return ngettext("%(points)s point", "%(points)s points", 1 if text == "1" else 2) % {"points": text}


@register.filter
def of_thousand(position: int | None) -> str:
    """A position of 0 to 1000 as a length in SVG."""
    return f"{(position or 0) / 10:g}%"


@register.filter
def rest_of_thousand(position: int | None) -> str:
    """What remains of the width to the right of a position of 0 to 1000."""
    return of_thousand(1000 - (position or 0))


@register.filter
def anchor(position: int | None) -> str:
    """How a text at a position of 0 to 1000 is aligned so that it stays inside the drawing."""
    if (position or 0) < 80:
        return "start"
    return "end" if (position or 0) > 920 else "middle"


@register.filter
def validity_tone(validity: str) -> str:
    """The tone of a credential's public status; what is unknown or revoked alarms."""
    return VALIDITY_TONES.get(validity, "danger")
