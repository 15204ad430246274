"""Synthetic data for load tests: holders by the hundred thousand, reproducible for the same seed and day."""

from cmp_portal.scale.checks import counts, differences, last_cycle
from cmp_portal.scale.seeding import COUNTED, NotLoaded, Occupied, Order, seed, tidy

__all__ = ["COUNTED", "NotLoaded", "Occupied", "Order", "counts", "differences", "last_cycle", "seed", "tidy"]
