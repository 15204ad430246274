"""Webhook notices to providers: content, delivery, and destination."""

import hashlib
import hmac
from datetime import timedelta

import pytest

from education import actions
from education.actions import intake
from education.enums import Outcome
from education.models import Credit, IntakeBatch, IntakeRow, Webhook, WebhookNotice
from tests.education.api.delivering import deliver
from tests.factories import DisputeFactory, HolderFactory, ProviderFactory, UserFactory, WebhookFactory
from tests.fixtures import NOON


def told():
    """What waits or was told: kind and identifiers."""
    return [
        (notice.kind, [one["external_id"] for one in notice.data["completions"]])
        for notice in WebhookNotice.objects.order_by("id")
    ]


# --- What is told -----------------------------------------------------------------------------------------------------


def test_what_becomes_of_lines_is_told(system, webhook):
    system.deliver({}, {"external_id": "A-2"}, {"external_id": "A-3", "points": "many"}, {"customer_number": "999"})

    assert told() == [("completions.posted", ["A-1", "A-2"]), ("completions.rejected", ["A-3"])]


def test_refusal_is_told_with_its_reason(system, webhook):
    answer = system.deliver({"points": "many"})

    assert WebhookNotice.objects.get().data == {
        "receipt": answer.said["id"],
        "completions": [
            {"line": 1, "external_id": "A-1", "code": "unreadable", "reason": "points: “many” is not a plain number"}
        ],
    }


def test_duplicates_are_no_news(system, webhook):
    system.deliver()
    system.deliver()

    assert told() == [("completions.posted", ["A-1"])]


def test_holder_that_is_found_is_told(system, webhook):
    system.deliver({"customer_number": "999"})
    HolderFactory(customer_number="999")
    system.deliver({"customer_number": "999"})

    assert told() == [("completions.matched", ["A-1"]), ("completions.posted", ["A-1"])]


def test_withdrawal_by_the_board_is_told(system, webhook, now):
    system.deliver()
    dispute = DisputeFactory(credit=Credit.objects.get())
    WebhookNotice.objects.all().delete()
    actions.decide(
        dispute=dispute,
        outcome=Outcome.NOT_THEIRS,
        answer="Of a namesake.",
        by=UserFactory(roles=["registrar"]),
        at=now,
    )

    assert told() == [("completions.withdrawn", ["A-1"])]


def test_holder_that_the_board_finds_is_told(system, webhook, now):
    system.deliver({"customer_number": "999"})
    holder, by = HolderFactory(customer_number="1000"), UserFactory(roles=["registrar"])
    intake.resolve(row=IntakeRow.objects.get(), holder=holder, by=by, at=now)

    assert told() == [("completions.posted", ["A-1"]), ("completions.matched", ["A-1"])]


def test_feed_that_the_board_takes_back_is_told(system, webhook, now):
    system.deliver({}, {"external_id": "A-2"})
    WebhookNotice.objects.all().delete()
    batch, by = IntakeBatch.objects.get(), UserFactory(roles=["registrar"])
    intake.ask_undo(batch=batch, by=by, at=now)
    intake.undo_batch(batch=batch, by=by, at=now)

    assert told() == [("completions.withdrawn", ["A-1", "A-2"])]


@pytest.mark.parametrize(
    ("feeds", "expected"),
    [
        (["completed", "withdrawn", "completed"], [("completions.withdrawn", ["A-1"])]),
        (["completed", "withdrawn"], []),
        (["withdrawn"], []),
    ],
    ids=["that made it count again", "that withdrew it", "that never made it count"],
)
def test_feed_taken_back_tells_what_is_withdrawn_by_that(system, webhook, now, feeds, expected):
    for status in feeds:
        system.deliver({"status": status})
    WebhookNotice.objects.all().delete()
    batch, by = IntakeBatch.objects.latest("id"), UserFactory(roles=["registrar"])
    intake.undo_batch(batch=batch, by=by, at=now)

    assert told() == expected


def test_many_lines_are_a_few_notices(system, webhook):
    system.deliver(*({"external_id": f"A-{number:04}"} for number in range(1_001)))

    assert [(kind, len(lines)) for kind, lines in told()] == [
        ("completions.posted", number) for number in (500, 500, 1)
    ]


def test_nobody_is_told_who_gave_no_address(system, provider):
    WebhookFactory(provider=ProviderFactory(code="other"))
    system.deliver()

    assert told() == []


def test_nothing_is_told_of_what_was_undone(system, webhook):
    """What is to be told is written with its effects or not at all."""
    system.ask("POST", "completions", {"completions": []})

    assert told() == []


# --- How it is told ---------------------------------------------------------------------------------------------------


def test_notice_arrives_signed(system, webhook, receiver):
    system.deliver()
    assert deliver() == 1

    headers, body = receiver.taken[0]
    moment, given = [part.partition("=")[2] for part in headers["Webhook-Signature"].split(",")]
    secret = actions.secret_of(webhook.nonce)
    assert given == hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert (int(moment), receiver.told[0]["id"]) == (int(NOON.timestamp()), headers["Webhook-Id"])


def test_notice_says_what_it_is(system, webhook, receiver):
    answer = system.deliver()
    deliver()

    assert {**receiver.told[0], "id": ""} == {
        "id": "",
        "type": "completions.posted",
        "created_at": "2026-03-10T17:00:00+00:00",
        "data": {"receipt": answer.said["id"], "completions": [{"line": 1, "external_id": "A-1"}]},
    }


def test_notice_arrives_once(system, webhook, receiver):
    system.deliver()

    assert ([deliver(), deliver()], len(receiver.taken)) == ([1, 0], 1)


def test_old_and_new_secret_sign_for_a_while(system, webhook, receiver, now, settings):
    new = actions.rotate_secret(webhook=webhook, by=None, at=now)
    actions.send_test(webhook=new, at=now)
    deliver()
    actions.send_test(webhook=new, at=now)
    deliver(after=timedelta(hours=settings.API_TOKEN_GRACE_HOURS, seconds=1))

    assert [len(headers["Webhook-Signature"].split("v1=")) - 1 for headers, _body in receiver.taken] == [2, 1]
    assert actions.secret_of(new.nonce) != actions.secret_of(webhook.nonce)


def test_key_of_the_installation_is_replaced_like_a_secret(webhook, receiver, now, settings):
    secret = actions.secret_of(webhook.nonce)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    actions.send_test(webhook=webhook, at=now)
    deliver()

    headers, body = receiver.taken[0]
    wanted = hmac.new(secret.encode(), f"{int(now.timestamp())}.".encode() + body, hashlib.sha256).hexdigest()
    assert f"v1={wanted}" in headers["Webhook-Signature"].split(",")


# --- Where it goes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://",
        "https://user:word@example.org/",
        "https://[::1",
        "example",
        "https://10.0.0.1/",
        "https://[::1]/",
    ],
)
def test_address_that_is_none_is_refused(provider, now, url):
    with pytest.raises(actions.WebhookRefused):
        actions.keep_webhook(provider=provider, url=url, by=None, at=now)


def test_address_in_an_allowed_network_is_taken(provider, now, settings):
    settings.WEBHOOK_NETWORKS = ["10.0.0.0/8"]

    assert actions.keep_webhook(provider=provider, url="http://10.0.0.1/", by=None, at=now)
    with pytest.raises(actions.WebhookRefused, match="reached from outside"):
        actions.keep_webhook(provider=provider, url="http://192.168.0.1/", by=None, at=now)


def test_new_address_keeps_the_secret(provider, now):
    first = actions.keep_webhook(provider=provider, url="https://example.org/a", by=None, at=now)
    second = actions.keep_webhook(provider=provider, url="https://example.org/b", by=None, at=now)

    assert (first.nonce, Webhook.objects.get().url) == (second.nonce, "https://example.org/b")
