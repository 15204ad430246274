"""Points as whole hundredths, so that the engine adds integers and never rounds."""

from decimal import Decimal
from functools import lru_cache


@lru_cache(maxsize=8192)
def hundredths(points: Decimal) -> int:
    """Whole hundredths of `points`; ValueError when there is a finer remainder."""
    scaled = points * 100
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{points} has more than two decimals")
    return whole


@lru_cache(maxsize=8192)
def from_hundredths(whole: int) -> Decimal:
    """Points of whole hundredths, always with two places."""
    return Decimal(whole).scaleb(-2)


def round_down(whole: int, step: int) -> int:
    """The largest multiple of `step` that is not above `whole`."""
    return whole - whole % step
