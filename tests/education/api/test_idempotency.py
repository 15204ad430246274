import json
from datetime import timedelta

import pytest
import time_machine

from education.actions.idempotency import begin_keyed, forget_keyed
from education.models import Credit, IntakeBatch, KeyedRequest
from tests.education.api.system import GOOD, System
from tests.factories import ApiTokenFactory, KeyedRequestFactory, ProviderFactory
from tests.fixtures import NOON

BODY = {"completions": [GOOD]}


def test_same_key_has_the_same_answer(system):
    first, second = [system.deliver(key="one") for _ in range(2)]

    assert (second.status_code, second.content) == (200, first.content)
    assert (first.headers.get("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (None, "true")


def test_same_key_does_nothing_again(system):
    system.deliver(key="one")
    Credit.objects.all().update(points=1)

    system.deliver(key="one")

    assert (Credit.objects.get().points, IntakeBatch.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "completions", {"completions": [{**GOOD, "points": "3"}]}),
        ("POST", "completions/{id}/withdraw", None),
    ],
)
def test_same_key_for_something_else_is_refused(system, method, path, body):
    system.deliver(key="one")

    answer = system.ask(method, path.format(id=Credit.objects.get().uuid), body, key="one")

    assert (answer.status_code, answer.said["detail"]) == (
        422,
        "This Idempotency-Key was already used for another request. Use a new one.",
    )


def test_keys_of_two_providers_do_not_meet(system):
    system.deliver(key="one")
    ApiTokenFactory(provider=ProviderFactory(code="other"), secret="cmp_of-the-other-provider")

    assert System("cmp_of-the-other-provider").deliver({"points": "9"}, key="one").said["posted"] == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "ä", "k" * 256])
def test_key_is_a_name(system, key):
    answer = system.ask("POST", "completions", BODY, **{"Idempotency-Key": key})

    assert (answer.status_code, answer.said["errors"][0]["pointer"]) == (422, "header Idempotency-Key")


def test_refused_request_keeps_its_key(system):
    """Nothing was done under it, so that it is free for the request as it should have been."""
    system.ask("POST", "completions", {"completions": []}, key="one")

    assert system.deliver(key="one").status_code == 200


def test_request_that_was_cut_off_goes_on(system):
    """Between its lines and its answer; the first lines are not posted again, nor told as duplicates."""
    undisturbed = system.deliver({"external_id": "B-1"}, key="other").said
    begun = system.deliver(key="one")
    KeyedRequest.objects.filter(key="one").update(ended_at=None, status=None, body="")

    again = system.deliver(key="one")

    assert again.said == begun.said
    assert again.said["results"][0]["outcome"] == undisturbed["results"][0]["outcome"] == "posted"
    assert Credit.objects.count() == 2


def test_keys_are_forgotten_after_a_while(system, settings):
    settings.API_KEYS_KEPT_HOURS = 24
    system.deliver(key="one")

    with time_machine.travel(NOON + timedelta(hours=23), tick=False):
        kept = forget_keyed(at=NOON + timedelta(hours=23))
    gone = forget_keyed(at=NOON + timedelta(hours=25))

    assert (kept, gone) == (0, 1)


def test_begun_request_is_the_same_one(provider, now):
    first, second = [begin_keyed(provider=provider, key="one", sha256="0" * 64, at=now) for _ in range(2)]

    assert first == second


def test_answer_is_kept_as_it_was_sent(system):
    answer = system.deliver(key="one")

    assert json.loads(KeyedRequest.objects.get().body) == answer.said


def test_keyed_request_says_whose_it_is(db):
    assert str(KeyedRequestFactory(key="one")) == "Laboratory Education Network: one"
