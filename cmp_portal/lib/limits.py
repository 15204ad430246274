"""Rate limits kept in the shared cache that still hold when the cache is down."""

from collections.abc import Iterable
from math import inf
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache

from cmp_portal.lib.cache import ForgivingRedisCache

# What allauth keeps in the cache: per limit the times of allowed attempts, newest first; locks; and used TOTP codes.
LIMITS, CODES = "allauth:rl:", "allauth.mfa.totp.used"
ENTRIES = 100_000  # per process, while it counts alone
# A slot that another process may have used; infinite, so that it never expires.
TAKEN = inf
AWAY = object()


class LimitingRedisCache(ForgivingRedisCache):
    """Shared cache whose rate limits survive its failure: each process then enforces its own share of a limit.

    A process that can't reach the cache assumes that the others have used up their shares. What it allowed by itself
    counts against the shared limit once the cache is back. So a limit of n allows n, and at most 2n within the one
    period in which the cache fails (more only if there are more processes than n, as each allows at least one).
    """

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._processes = max(1, params.get("PROCESSES", 1))
        name = f"limits {server} {params.get('KEY_PREFIX', '')}"
        self._own = LocMemCache(name, {"OPTIONS": {"MAX_ENTRIES": ENTRIES}})

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Acquire a lock or mark a code as used: among this process's threads first, then among all processes."""
        if not _is_kept(key):
            return super().add(key, value, timeout, version)
        if not self._own.add(key, value, timeout, version):
            return False
        if super().add(key, value, timeout, version):
            return True
        self._own.delete(key, version)
        return False

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        if not _is_limit(key):
            return super().get(key, default, version)
        alone = self._own.get(key, [], version)
        shared = self._forgive(super(ForgivingRedisCache, self).get, AWAY, key, [], version=version)
        if shared is AWAY:
            return [TAKEN] * places_taken(key, self._processes) + alone
        return newest_first([*shared, *alone])

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        if not _is_limit(key):
            super().set(key, value, timeout, version)
            return
        moments = [moment for moment in value if moment != TAKEN]
        was_alone = len(moments) < len(value)
        if was_alone or self._forgive(super(ForgivingRedisCache, self).set, AWAY, key, value, timeout, version) is AWAY:
            self._own.set(key, moments, timeout, version)
        else:
            self._own.delete(key, version)

    def delete(self, key: Any, version: int | None = None) -> bool:
        is_own = _is_kept(key) and self._own.delete(key, version)
        return super().delete(key, version) or is_own

    def clear(self) -> None:
        self._own.clear()
        self._forgive(super().clear, None)


def places_taken(key: str, processes: int) -> int:
    """The slots of a limit that a process counting alone leaves to the others; it keeps at least one.

    The limit is part of allauth's key: allauth:rl:allauth.account:login_failed:5/300s/key:…
    """
    amount = int(key.split(":")[4].partition("/")[0])
    return amount - max(1, min(amount // processes, amount - 1))


def newest_first(moments: Iterable[float]) -> list[float]:
    return sorted(set(moments), reverse=True)


def _is_limit(key: Any) -> bool:
    return str(key).startswith(LIMITS)


def _is_kept(key: Any) -> bool:
    return str(key).startswith((LIMITS, CODES))
