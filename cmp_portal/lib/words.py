"""Numbers as people read them."""

from decimal import Decimal


def points_text(points: Decimal) -> str:
    """Points without needless zeros: 4.50 is "4.5", 36.00 is "36"."""
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
