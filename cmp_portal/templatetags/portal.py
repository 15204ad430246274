from decimal import Decimal

from django import template

from cmp_portal.lib import words

register = template.Library()


@register.filter
def points(value: Decimal | str | None) -> str:
    """Points without needless zeros: 4.50 is "4.5", 36.00 is "36"; words pass unchanged."""
    if value is None or isinstance(value, str):
        return value or ""
    return words.points_text(Decimal(value))


@register.filter
def points_words(value: Decimal | str | None) -> str:
    """Points with their word: "1 point", "4.5 points"."""
    return words.points_words(points(value))


@register.filter
def device(user_agent: str) -> str:
    """A browser by the names people know."""
    return words.device(user_agent)
