"""Rate limits for API clients, kept like those of logins, with the time to wait."""

import hashlib
import math
import time

from allauth.core.internal.ratelimit import Rate, apply_rate, cache_lock
from django.core.cache import cache


def seconds_to_wait(name: str, *, key: str, amount: int, per: int) -> int:
    """Use one of `amount` attempts per `per` seconds; 0 if allowed, else the seconds until the next is free."""
    rate = Rate(amount, per, "key")
    place = f"allauth:rl:api:{name}:{rate}:{hashlib.sha256(key.encode()).hexdigest()}"
    with cache_lock(place) as is_ours:
        if not is_ours:
            return 1
        now = time.time()
        is_allowed, moments = apply_rate(cache.get(place, []), now, rate)
        if is_allowed:
            cache.set(place, moments, per)
            return 0
    # Slots assumed used by other processes have no time.
    known = [moment for moment in moments if math.isfinite(moment)]
    return max(1, math.ceil(known[-1] + per - now)) if known else per
