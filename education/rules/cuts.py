"""What remains of a credit's shares when it has fewer points than were allocated."""

from collections.abc import Iterable
from decimal import Decimal


def kept_of(shares: Iterable[Decimal], *, points: Decimal, step: Decimal) -> list[Decimal]:
    """What remains of each share: earlier ones are kept in full as long as the points last, in whole steps."""
    left = points - points % step
    remaining = []
    for share in shares:
        remaining.append(min(share, left))
        left -= remaining[-1]
    return remaining
