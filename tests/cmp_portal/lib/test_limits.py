"""Rate limits with a shared cache, and stricter ones without; tests/faults does the same with real processes."""

import pytest
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.test import RequestFactory

from cmp_portal.lib.limits import TAKEN, LimitingRedisCache, places_taken
from faults.world import a_world

FIVE = "allauth:rl:allauth.account:login_failed:5/300.0/key:amara"


@pytest.fixture
def server(settings, monkeypatch):
    """A Valkey to be killed and started, asked by one of two processes, which does not wait before it asks again."""
    monkeypatch.setattr(LimitingRedisCache, "PAUSE", 0)
    with a_world() as world:
        world.start_cache()
        settings.CACHES = {
            "default": {
                "BACKEND": "cmp_portal.lib.limits.LimitingRedisCache",
                "LOCATION": world.env["REDIS_URL"],
                "OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2},
                "PROCESSES": 2,
            }
        }
        yield world
        cache.clear()


def kill(server):
    server.kill("cache")


def one_try(rate="5/5m/key", **options):
    request = RequestFactory().post("/")
    return ratelimit.consume(
        request, app="allauth.account", action="tried", config={"tried": rate}, key="amara", **options
    )


def admitted(times=12, **options):
    return sum(bool(one_try(**options)) for _time in range(times))


def test_limit_lets_its_number_through(server):
    assert admitted() == 5


def test_limit_is_narrower_alone(server):
    kill(server)

    assert admitted() == 2


def test_limit_holds_when_the_shared_cache_is_frozen(server):
    with server.frozen("cache"):
        assert admitted(times=4) == 2


def test_limit_that_was_reached_lets_at_most_as_many_through_alone(server):
    before = admitted()
    kill(server)

    assert (before, admitted()) == (5, 2)


def test_what_was_let_through_alone_counts_when_the_shared_cache_is_back(server):
    kill(server)
    alone = admitted()
    server.start_cache()

    assert (alone, admitted(), admitted()) == (2, 3, 0)


def test_a_right_password_gives_its_place_back_alone(server):
    kill(server)
    for _time in range(10):
        one_try().rollback()

    assert admitted() == 2


def test_a_limit_that_is_cleared_starts_anew_alone(server):
    kill(server)
    admitted()

    ratelimit.clear(
        RequestFactory().post("/"),
        app="allauth.account",
        action="tried",
        config={"tried": "5/5m/key"},
        key="amara",
    )

    assert admitted() == 2


def test_one_mail_in_a_while_is_still_sent_alone(server):
    kill(server)

    assert admitted(rate="1/3m/key") == 1


def test_several_rates_hold_alone(server):
    kill(server)

    assert admitted(rate="10/m/ip,4/5m/key,100/d/key") == 2


def test_what_was_read_alone_does_not_overwrite_what_all_know(server):
    cache.set(FIVE, [3.0, 2.0, 1.0])
    kill(server)
    alone = [TAKEN, 4.0]
    server.start_cache()
    cache.set(FIVE, [3.0, 2.0, 1.0])

    cache.set(FIVE, alone)

    assert cache.get(FIVE) == [4.0, 3.0, 2.0, 1.0]


def test_a_code_is_used_up_alone(server):
    kill(server)
    key = "allauth.mfa.totp.used?user=1&code=123456"

    assert (cache.add(key, "y"), cache.add(key, "y")) == (True, False)


def test_a_lock_is_one_for_all(server):
    key = f"{FIVE}:lock"
    other_process = cache._cache.get_client(write=True)
    other_process.set(cache.make_key(key), "1")

    assert cache.add(key, True) is False
    other_process.delete(cache.make_key(key))
    assert cache.add(key, True) is True


def test_everything_else_is_a_miss(server):
    cache.set("page", "kept")
    kept = cache.get("page")
    kill(server)

    assert (kept, cache.get("page"), cache.add("page", "new")) == ("kept", None, True)


@pytest.mark.parametrize("processes", [1, 2, 3, 8])
@pytest.mark.parametrize("amount", [1, 2, 3, 5, 10, 30, 100])
def test_all_processes_alone_let_no_more_through_than_the_limit(amount, processes):
    own = amount - places_taken(f"allauth:rl:app:tried:{amount}/300.0/key:amara", processes)

    assert own >= 1 and own * processes <= max(amount, processes)
