"""Invented holders by the hundred thousand, for measuring: the same rows for the same seed and day."""

from cmp_portal.scale.checks import counts, differences, last_cycle
from cmp_portal.scale.seeding import COUNTED, NotLoaded, Occupied, Order, seed, tidy

__all__ = ["COUNTED", "NotLoaded", "Occupied", "Order", "counts", "differences", "last_cycle", "seed", "tidy"]
