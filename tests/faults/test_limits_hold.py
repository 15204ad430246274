"""Rate limits on passwords hold across concurrent requests and processes, whatever happens to Redis."""

from itertools import count

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.urls import reverse

from accounts.models import User
from faults.web import Visitor, at_once, filled, start_web
from tests.factories import UserFactory

LIMIT = 5  # wrong passwords of one account in five minutes
ADDRESSES = (f"198.51.100.{number % 250}" for number in count(1))


@pytest.fixture
def port(world):
    """Two processes behind a proxy."""
    world.env["TRUSTED_PROXY_COUNT"] = "1"
    return start_web(world)


@pytest.fixture
def email(transactional_db):
    """Given an account, with a hash as the server makes it."""
    user = UserFactory(email="amara@example.org")
    User.objects.filter(pk=user.pk).update(password=Argon2PasswordHasher().encode("ten tubes", "salt" * 4))
    return user.email


def was_tried(port, email):
    """Whether a wrong password was looked at; every visitor comes from an address of their own."""
    form = filled(login=email, password="nine tubes of citrate")
    answer = Visitor(port, headers={"X-Forwarded-For": next(ADDRESSES)}).post(reverse("account_login"), form)
    assert answer.status in {200, 429, 503}
    return answer.status == 200 and b"Too many attempts" not in answer.body


def tried(port, email, *, rounds=3, at_a_time=8):
    calls = [lambda: was_tried(port, email)] * at_a_time
    return sum(sum(at_once(calls)) for _round in range(rounds))


def test_limits_hold_with_two_processes(port, email):
    assert 1 <= tried(port, email) <= LIMIT


def test_limits_hold_with_redis_gone(world, port, email):
    world.kill("cache")

    assert 1 <= tried(port, email) <= LIMIT


def test_limits_hold_with_redis_frozen(world, port, email):
    with world.frozen("cache"):
        assert 1 <= tried(port, email) <= LIMIT


def test_no_more_than_twice_the_limit_while_redis_goes(world, port, email):
    before = tried(port, email)
    world.kill("cache")
    while_away = tried(port, email)

    assert before <= LIMIT and while_away <= LIMIT


def test_what_was_tried_without_redis_counts_when_it_is_back(world, port, email):
    world.kill("cache")
    while_away = tried(port, email)
    world.start_cache()
    world.kill("cache")
    again = tried(port, email)

    assert while_away + again <= LIMIT
