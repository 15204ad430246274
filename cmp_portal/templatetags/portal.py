from datetime import date
from decimal import Decimal

from django import template
from django.utils import formats

register = template.Library()

VALIDITY_TONES = {"active": "success", "lifetime": "success", "expired": "danger", "suspended": "warning"}


@register.filter
def points(value: Decimal | str | None) -> str:
    """Points without needless zeros: 4.50 is "4.5", 36.00 is "36"; words pass unchanged."""
    if value is None or isinstance(value, str):
        return value or ""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def longdate(day: date | None) -> str:
    """A day in words, with its year: "30 June 2018"."""
    return formats.date_format(day, "j F Y") if day else ""


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
