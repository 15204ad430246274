"""The provider API under real gunicorn: concurrent use of an idempotency key, and a server that dies mid-request."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection

from education.models import Credit, IntakeBatch, KeyedRequest, Provider
from faults.web import Visitor, start_web
from faults.world import until
from tests.education.api.system import GOOD
from tests.factories import ApiTokenFactory, HolderFactory
from tests.factories.api import SECRET

PATH = "/api/v1/completions"
LINES = 200
BODY = json.dumps({"completions": [{**GOOD, "external_id": f"A-{number}"} for number in range(LINES)]}).encode()
LOCK = "SELECT {}(hashtextextended('intake of credits', %s))"


@pytest.fixture
def known(provider):
    """The provider with a token, and the holder of its lines."""
    HolderFactory(customer_number="100")
    found = Provider.objects.get(code=provider)
    ApiTokenFactory(provider=found, secret=SECRET)
    return found


def system(port, key):
    headers = {"Authorization": f"Bearer {SECRET}", "Idempotency-Key": key, "Content-Type": "application/json"}
    return Visitor(port, headers=headers)


def until_let_in(port):
    """The answer, once the portal has room for the request."""
    while (answer := system(port, "one").post(PATH, BODY)).status == 503:
        assert answer.headers["retry-after"]
    return answer


@contextmanager
def feeds_held_up(provider):
    """Whoever takes in lines of this provider stands still inside the request."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK.format("pg_advisory_lock"), [provider.pk])
        yield
        cursor.execute(LOCK.format("pg_advisory_unlock"), [provider.pk])


def is_at_work():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return cursor.fetchone()[0]


def test_same_key_at_once_is_done_once(world, known):
    port = start_web(world)

    with ThreadPoolExecutor(8) as systems:
        with feeds_held_up(known):
            first = systems.submit(system(port, "one").post, PATH, BODY)
            until(is_at_work, "the first request at work")
            others = [systems.submit(system(port, "one").post, PATH, BODY).result() for _ in range(3)]
        answer, again = first.result(), system(port, "one").post(PATH, BODY)

    assert [(other.status, other.headers["retry-after"]) for other in others] == [(409, "2")] * 3
    assert (answer.status, again.status, again.body) == (200, 200, answer.body)
    assert (Credit.objects.count(), IntakeBatch.objects.count()) == (LINES, 1)


def test_many_at_once_have_one_effect(world, known):
    port = start_web(world)

    with ThreadPoolExecutor(8) as systems:
        answers = [one.result() for one in [systems.submit(until_let_in, port) for _ in range(16)]]

    assert {answer.status for answer in answers} <= {200, 409}
    assert len({answer.body for answer in answers if answer.status == 200}) == 1
    assert (Credit.objects.count(), IntakeBatch.objects.count()) == (LINES, 1)


def test_request_whose_server_died_is_finished_by_the_next_one(world, known):
    port = start_web(world)
    with ThreadPoolExecutor(1) as systems, feeds_held_up(known):
        cut_off = systems.submit(system(port, "one").post, PATH, BODY)
        until(is_at_work, "the request at work")
        world.kill("web")
        assert cut_off.result().status == 599
        assert (KeyedRequest.objects.get().ended_at, Credit.objects.count()) == (None, 0)
    port = start_web(world)

    answers = [system(port, "one").post(PATH, BODY)]
    until(lambda: answers[-1].status == 200 or answers.append(system(port, "one").post(PATH, BODY)), "the answer")

    assert {answer.status for answer in answers} <= {409, 200}
    assert json.loads(answers[-1].body)["posted"] == LINES
    assert (Credit.objects.count(), IntakeBatch.objects.count(), KeyedRequest.objects.get().status) == (LINES, 1, 200)
