"""Numbers as people read them."""

from decimal import Decimal

from django.utils.translation import ngettext


def points_text(points: Decimal) -> str:
    """Points without needless zeros: 4.50 is "4.5", 36.00 is "36"."""
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def points_words(points: Decimal | str) -> str:
    """Points with their word: "1 point", "4.5 points"."""
    text = points if isinstance(points, str) else points_text(points)
    return ngettext("%(points)s point", "%(points)s points", 1 if text == "1" else 2) % {"points": text}
