"""Points as integer hundredths, so that the engine adds integers and never rounds."""

from decimal import Decimal
from functools import lru_cache


@lru_cache(maxsize=8192)
def hundredths(points: Decimal) -> int:
    """`points` in hundredths; raises ValueError if there are more than two decimals."""
    scaled = points * 100
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{points} has more than two decimals")
    return whole


@lru_cache(maxsize=8192)
def from_hundredths(whole: int) -> Decimal:
    """Points from hundredths, always with two decimals."""
    return Decimal(whole).scaleb(-2)


def round_down(whole: int, step: int) -> int:
    """The largest multiple of `step` that is not above `whole`."""
    return whole - whole % step
