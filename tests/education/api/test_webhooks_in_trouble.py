"""Notices that can't be delivered: retried, and eventually given up."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from uuid import UUID

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from accounts.actions import CompletedWithProblems
from education import actions
from education.actions.webhooks import delivering
from education.actions.webhooks.delivering import MOST_ATTEMPTS, wait_after
from education.models import WebhookAttempt, WebhookNotice
from tests.education.api.delivering import deliver
from tests.education.api.receiver import receiving
from tests.factories import ProviderFactory, UserFactory, WebhookFactory, WebhookNoticeFactory
from tests.fixtures import NOON


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


def test_address_that_answers_slowly_leaves_the_rest_to_the_next_run(webhook, receiver, monkeypatch):
    monkeypatch.setattr(delivering, "BUDGET", timedelta(seconds=0.3))
    for _ in range(3):
        WebhookNoticeFactory(webhook=webhook)
    receiver.thinks = 0.2
    with receiving() as elsewhere:
        WebhookNoticeFactory(webhook=WebhookFactory(provider=ProviderFactory(code="prompt"), url=elsewhere.url))

        assert [deliver(), len(receiver.taken), len(elsewhere.taken)] == [3, 2, 1]
        assert [deliver(), deliver(), len(receiver.taken)] == [1, 0, 3]
    assert not WebhookAttempt.objects.exclude(status=204).exists()


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

    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(CompletedWithProblems, match="laboratory-education"),
    ):
        deliver(after=timedelta(hours=72))

    webhook.refresh_from_db()
    assert (webhook.disabled_at, [one.to for one in mail.outbox]) == (NOON + timedelta(hours=72), [[registrar.email]])
    assert mail.outbox[0].subject == "Webhook for Laboratory Education Network turned off"


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


def turned_on(webhook):
    actions.switch(webhook=webhook, on=False, by=None, at=NOON)
    actions.switch(webhook=webhook, on=True, by=None, at=NOON)


def moved(webhook):
    other = f"{webhook.url}elsewhere"
    actions.keep_webhook(provider=webhook.provider, url=other, by=None, at=NOON)


@pytest.mark.parametrize("mended", [turned_on, moved])
def test_what_failed_before_is_due_at_once_with_all_its_attempts(webhook, receiver, mended):
    notice = WebhookNoticeFactory(webhook=webhook, attempts=11, next_try_at=NOON + timedelta(days=1))
    receiver.answers = [500, 204]

    mended(webhook)

    assert [deliver(), deliver(after=timedelta(minutes=1))] == [0, 1]
    notice.refresh_from_db()
    assert (notice.attempts, notice.failed_at) == (2, None)


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


class RefusingBackend(EmailBackend):
    """A mail server that does not know one mailbox."""

    def send_messages(self, messages):
        if any("gone@example.org" in message.to for message in messages):
            raise SMTPRecipientsRefused({"gone@example.org": (550, b"no such mailbox")})
        return super().send_messages(messages)


def test_registrar_who_can_not_be_told_keeps_no_other_from_it(
    webhook, receiver, settings, monkeypatch, django_capture_on_commit_callbacks
):
    _gone, registrar = (
        UserFactory(roles=["registrar"], email=email) for email in ("gone@example.org", "r@example.org")
    )
    settings.WEBHOOK_DISABLED_AFTER_HOURS = 0
    monkeypatch.setattr("django.core.mail.get_connection", lambda *_args, **_more: RefusingBackend())
    receiver.answers = [500]
    WebhookNoticeFactory(webhook=webhook)

    with (
        pytest.raises(CompletedWithProblems, match="laboratory-education"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        deliver()

    assert [one.to for one in mail.outbox] == [[registrar.email]]
