"""How often somebody who has no page may ask: the same limits as of sign-in, with the time to wait."""

import hashlib
import math
import time

from allauth.core.internal.ratelimit import Rate, apply_rate, cache_lock
from django.core.cache import cache


def seconds_to_wait(name: str, *, key: str, amount: int, per: int) -> int:
    """Takes a place among `amount` in `per` seconds, or says after how many seconds one is free; 0 where it was."""
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
    # A place that another process may have given away has no moment.
    known = [moment for moment in moments if math.isfinite(moment)]
    return max(1, math.ceil(known[-1] + per - now)) if known else per
