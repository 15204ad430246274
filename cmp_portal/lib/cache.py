"""The shared cache, treated as optional."""

from collections.abc import Callable
from time import monotonic
from typing import Any, ClassVar

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError


class ForgivingRedisCache(RedisCache):
    """Redis cache that turns errors into misses: no page fails because the cache hangs or is down.

    After an error, this process skips the cache for a while: a page with ten lookups waits for one timeout, not ten.
    """

    PAUSE = 2.0  # seconds
    _resumes: ClassVar[dict[str, float]] = {}

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._forgive(super().add, True, *args, **kwargs))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._forgive(super().get, default, key, default, version=version)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._forgive(super().set, None, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._forgive(super().touch, False, *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._forgive(super().delete, False, *args, **kwargs))

    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(self._forgive(super().get_many, {}, *args, **kwargs))

    def set_many(self, *args: Any, **kwargs: Any) -> list[Any]:
        return list(self._forgive(super().set_many, [], *args, **kwargs))

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self._forgive(super().delete_many, None, *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._forgive(super().has_key, False, *args, **kwargs))

    def incr(self, *args: Any, **kwargs: Any) -> int:
        return int(self._forgive(super().incr, 1, *args, **kwargs))

    def _forgive(self, call: Callable[..., Any], otherwise: Any, *args: Any, **kwargs: Any) -> Any:
        place = str(self._servers)  # type: ignore[attr-defined]  # unknown to the stubs
        if monotonic() < self._resumes.get(place, 0.0):
            return otherwise
        try:
            return call(*args, **kwargs)
        except (RedisError, OSError):
            self._resumes[place] = monotonic() + self.PAUSE
            return otherwise
