import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.core import mail

from accounts.actions import Troubled
from cmp_portal.lib import clock
from education import actions
from education.actions import intake
from education.actions.webhooks.delivering import MOST_ATTEMPTS, wait_after
from education.enums import Outcome
from education.models import Credit, IntakeBatch, IntakeRow, Webhook, WebhookAttempt, WebhookNotice
from tests.education.api.receiver import receiving
from tests.factories import (
    DisputeFactory,
    HolderFactory,
    ProviderFactory,
    UserFactory,
    WebhookFactory,
    WebhookNoticeFactory,
)
from tests.fixtures import NOON


@pytest.fixture
def receiver():
    with receiving() as server:
        yield server


@pytest.fixture
def webhook(provider, receiver, settings):
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    return WebhookFactory(provider=provider, url=receiver.url)


def deliver(*, after=timedelta(0)):
    with time_machine.travel(NOON + after, tick=False):
        return actions.deliver_webhooks(clock=clock.now)


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


# --- When it does not arrive ------------------------------------------------------------------------------------------


def test_refused_notice_is_tried_again_later(system, webhook, receiver):
    system.deliver()
    receiver.answers = [500, 302]

    delivered = [deliver(after=timedelta(minutes=minutes)) for minutes in (0, 0.5, 1, 2, 4)]

    assert delivered == [0, 0, 0, 0, 1]
    assert list(WebhookAttempt.objects.order_by("id").values_list("status", flat=True)) == [500, 302, 204]
    assert len({body for _headers, body in receiver.taken}) == 1


def test_redirect_is_not_followed(system, webhook, receiver):
    system.deliver()
    with receiving() as elsewhere:
        receiver.answers, receiver.location = [302], elsewhere.url
        deliver()

        assert (len(receiver.taken), elsewhere.taken) == (1, [])


def test_waits_grow_up_to_a_day():
    waits = [wait_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]

    assert (waits[:3], waits[-1]) == (
        [timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=9)],
        timedelta(days=1),
    )
    assert timedelta(days=4) < sum(waits, timedelta(0)) < timedelta(days=6)


def test_notice_is_given_up_at_last(webhook, receiver):
    notice = WebhookNoticeFactory(webhook=webhook, attempts=MOST_ATTEMPTS - 1)
    receiver.answers = [500]
    deliver()

    notice.refresh_from_db()
    assert (notice.failed_at, deliver(after=timedelta(days=2))) == (NOON, 0)


def test_address_without_an_answer_rests_and_holds_up_nobody(webhook, receiver):
    silent = WebhookFactory(provider=ProviderFactory(code="silent"), url="http://127.0.0.1:1/")
    for _ in range(3):
        WebhookNoticeFactory(webhook=silent)
    WebhookNoticeFactory(webhook=webhook)

    assert (deliver(), WebhookAttempt.objects.filter(status=None).count()) == (1, 1)
    assert WebhookAttempt.objects.get(status=None).error == "ConnectionRefusedError"


def test_answer_that_never_ends_is_ended(webhook, receiver, settings):
    settings.WEBHOOK_TIMEOUT = 0.5
    WebhookNoticeFactory(webhook=webhook)
    receiver.drips = True
    deliver()

    attempt = WebhookAttempt.objects.get()
    assert (attempt.status, attempt.milliseconds < 3_000) == (None, True)


def test_address_is_given_up_after_days_without_success(
    webhook, receiver, settings, django_capture_on_commit_callbacks
):
    registrar = UserFactory(roles=["registrar"])
    UserFactory(roles=["reviewer"])
    settings.WEBHOOK_DISABLED_AFTER_HOURS = 72
    receiver.answers = [500, 500]
    WebhookNoticeFactory(webhook=webhook)
    deliver()

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Troubled, match="laboratory-education"):
        deliver(after=timedelta(hours=72))

    webhook.refresh_from_db()
    assert (webhook.disabled_at, [one.to for one in mail.outbox]) == (NOON + timedelta(hours=72), [[registrar.email]])
    assert mail.outbox[0].subject == "Webhook of Laboratory Education Network switched off"


def test_success_in_between_starts_the_days_afresh(webhook, receiver):
    receiver.answers = [500, 204, 500]
    WebhookNoticeFactory(webhook=webhook)
    deliver()
    deliver(after=timedelta(hours=1))
    WebhookNoticeFactory(webhook=webhook)
    deliver(after=timedelta(hours=80))

    webhook.refresh_from_db()
    assert (webhook.failing_since, webhook.disabled_at) == (NOON + timedelta(hours=80), None)


def test_what_happened_while_it_was_off_is_told_afterwards(system, webhook, now):
    actions.switch(webhook=webhook, on=False, by=None, at=now)
    system.deliver()
    off = deliver()
    actions.switch(webhook=webhook, on=True, by=None, at=now)

    assert (off, deliver()) == (0, 1)


def test_batch_of_a_killed_worker_is_taken_up_after_its_lease(webhook, receiver, settings):
    WebhookNoticeFactory(webhook=webhook, leased_until=NOON + timedelta(seconds=settings.WEBHOOK_LEASE_SECONDS))

    assert [deliver(), deliver(after=timedelta(seconds=settings.WEBHOOK_LEASE_SECONDS))] == [0, 1]


def test_notice_is_sent_again_under_its_name(system, webhook, receiver):
    system.deliver()
    deliver()
    actions.resend(notice=WebhookNotice.objects.get())
    deliver()

    first, second = [UUID(one["id"]) for one in receiver.told]
    assert first == second == WebhookNotice.objects.get().uuid


def test_two_at_once_send_each_notice_once(provider, receiver, settings, in_thread):
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    webhook = WebhookFactory(provider=provider, url=receiver.url)
    for _ in range(60):
        WebhookNoticeFactory(webhook=webhook)

    runs = [in_thread(lambda: actions.deliver_webhooks(clock=lambda: NOON)) for _ in range(3)]

    assert sum(run.result() for run in runs) == 60
    assert len({one["id"] for one in receiver.told}) == len(receiver.told) == 60


def test_old_notices_are_forgotten_but_for_those_that_wait(webhook, settings, now):
    old = now - timedelta(days=settings.WEBHOOK_LOG_KEPT_DAYS + 1)
    for end in ({}, {"delivered_at": old}, {"failed_at": old}):
        WebhookNoticeFactory(webhook=webhook, created_at=old, **end)

    assert (actions.forget_notices(at=now), WebhookNotice.objects.count()) == (2, 1)


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
    ],
)
def test_address_that_is_none_is_refused(provider, now, url):
    with pytest.raises(actions.WebhookRefused):
        actions.keep_webhook(provider=provider, url=url, by=None, at=now)


def test_new_address_keeps_the_secret(provider, now):
    first = actions.keep_webhook(provider=provider, url="https://example.org/a", by=None, at=now)
    second = actions.keep_webhook(provider=provider, url="https://example.org/b", by=None, at=now)

    assert (first.nonce, Webhook.objects.get().url) == (second.nonce, "https://example.org/b")
