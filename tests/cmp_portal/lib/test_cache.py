"""The cache answers while it is up, and is a miss when it is down."""

import os
import socket
from time import monotonic, sleep
from uuid import uuid4

import pytest

from cmp_portal.lib.cache import ForgivingRedisCache

OPTIONS = {"OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}}


@pytest.fixture
def cache():
    if "REDIS_URL" not in os.environ:
        pytest.skip("no REDIS_URL")
    return ForgivingRedisCache(os.environ["REDIS_URL"], {**OPTIONS, "KEY_PREFIX": str(uuid4())})


@pytest.fixture
def gone():
    """An address where nobody listens."""
    return ForgivingRedisCache("redis://127.0.0.1:1/0", OPTIONS)


@pytest.fixture
def frozen():
    """A server that takes the connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield ForgivingRedisCache(f"redis://127.0.0.1:{server.getsockname()[1]}/0", OPTIONS)


# Name of the call -> what it gives when the cache can't be asked.
CALLS = {
    "get": (lambda cache: cache.get("a"), None),
    "get with a default": (lambda cache: cache.get("a", "fallback"), "fallback"),
    "set": (lambda cache: cache.set("a", 1), None),
    "add": (lambda cache: cache.add("a", 1), True),
    "touch": (lambda cache: cache.touch("a"), False),
    "delete": (lambda cache: cache.delete("a"), False),
    "get_many": (lambda cache: cache.get_many(["a", "b"]), {}),
    "set_many": (lambda cache: cache.set_many({"a": 1}), []),
    "delete_many": (lambda cache: cache.delete_many(["a"]), None),
    "has_key": (lambda cache: cache.has_key("a"), False),
    "in": (lambda cache: "a" in cache, False),
    "incr": (lambda cache: cache.incr("a"), 1),
    "decr": (lambda cache: cache.decr("a"), 1),
    "get_or_set": (lambda cache: cache.get_or_set("a", "made"), "made"),
}
each_call = pytest.mark.parametrize(("call", "otherwise"), CALLS.values(), ids=CALLS)


@each_call
def test_a_cache_that_is_gone_is_a_miss(gone, call, otherwise):
    assert call(gone) == otherwise


@pytest.mark.parametrize("name", ["get", "set", "get_many", "incr"])
def test_a_frozen_cache_is_a_miss_within_a_second(frozen, name):
    call, otherwise = CALLS[name]
    start = monotonic()

    assert (call(frozen), monotonic() - start < 1) == (otherwise, True)


def test_what_was_set_is_got(cache):
    cache.set("holder", {"name": "Amara"})

    assert cache.get("holder") == {"name": "Amara"}


def test_what_was_never_set_is_a_miss(cache):
    assert (cache.get("nothing"), cache.get("nothing", 7), cache.has_key("nothing")) == (None, 7, False)


def test_add_does_not_overwrite(cache):
    assert (cache.add("key", 1), cache.add("key", 2), cache.get("key")) == (True, False, 1)


def test_what_was_deleted_is_gone(cache):
    cache.set("key", 1)

    assert (cache.delete("key"), cache.get("key")) == (True, None)


def test_many_are_set_got_and_deleted(cache):
    cache.set_many({"a": 1, "b": 2})
    cache.delete_many(["a"])

    assert cache.get_many(["a", "b"]) == {"b": 2}


def test_a_count_goes_up(cache):
    cache.set("count", 1)

    assert cache.incr("count", 2) == 3


def test_a_count_that_is_not_there_is_still_an_error(cache):
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nothing")


def test_a_frozen_cache_is_waited_for_once(frozen):
    start = monotonic()

    for _time in range(20):
        frozen.get("a")

    assert monotonic() - start < 1


def test_a_cache_that_is_back_is_asked_again_after_a_pause(cache, monkeypatch):
    monkeypatch.setattr(ForgivingRedisCache, "PAUSE", 0.01)
    cache.set("a", 1)
    cache._forgive(socket.create_connection, None, ("127.0.0.1", 1))
    sleep(0.02)

    assert cache.get("a") == 1
