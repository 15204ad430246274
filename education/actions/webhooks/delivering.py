"""Delivery of webhook notices: claimed in batches with a lease, sent under a stable id, every attempt recorded.

If a worker is killed, its batch is claimed again when the lease expires; what it sent last may be repeated under the
same id.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.actions import CompletedWithProblems, report
from accounts.enums import Role
from accounts.models import User
from cmp_portal.lib.outbound import Response, post
from cmp_portal.lib.statements import first_column
from education.actions.webhooks.registration import signature
from education.models import Webhook, WebhookAttempt, WebhookNotice

BATCH = 50
# So long may one address keep a run busy, however well it answers; the rest of its notices are left to the next run.
BUDGET = timedelta(seconds=30)
# Eleven waits of at most a day each: about four days in all.
FIRST_WAIT, LONGEST_WAIT, MOST_ATTEMPTS = timedelta(minutes=1), timedelta(days=1), 12
# Oldest first; only addresses that are enabled and have not just failed.
CLAIM = """
    UPDATE education_webhooknotice SET leased_until = %(until)s
     WHERE id IN (SELECT n.id FROM education_webhooknotice n JOIN education_webhook w ON w.id = n.webhook_id
                   WHERE n.delivered_at IS NULL AND n.failed_at IS NULL AND w.disabled_at IS NULL
                     AND (n.next_try_at IS NULL OR n.next_try_at <= %(at)s)
                     AND (n.leased_until IS NULL OR n.leased_until <= %(at)s)
                     AND n.webhook_id <> ALL(%(resting)s)
                   ORDER BY n.id LIMIT %(most)s FOR UPDATE OF n SKIP LOCKED)
    RETURNING id
"""
logger = logging.getLogger(__name__)


def deliver_webhooks(*, clock: Callable[[], datetime]) -> int:
    """Delivers all notices that are due, batch by batch; returns how many arrived.

    An address that does not answer, or has used up its time, is skipped for the rest of the run, so that it does not
    delay others.
    """
    delivered, resting, disabled, spent = 0, set[int](), list[str](), Counter[int]()
    while claimed := _claim(at=clock(), resting=resting):
        for notice in claimed:
            if notice.webhook_id in resting:
                WebhookNotice.objects.filter(pk=notice.pk).update(leased_until=None)
                continue
            response = _send(notice, at=clock())
            spent[notice.webhook_id] += response.milliseconds
            if timedelta(milliseconds=spent[notice.webhook_id]) >= BUDGET:
                resting.add(notice.webhook_id)
            if response.is_good:
                delivered += 1
            elif _note_failure(notice, response, resting, at=clock()):
                disabled.append(str(notice.webhook))
        report(delivered)
    if disabled:
        raise CompletedWithProblems(_("gave up for now: %s") % ", ".join(disabled), rows=delivered)
    return delivered


def _claim(*, at: datetime, resting: set[int]) -> list[WebhookNotice]:
    until = at + timedelta(seconds=settings.WEBHOOK_LEASE_SECONDS)
    claimed = first_column(CLAIM, at=at, until=until, resting=list(resting), most=BATCH)
    return list(WebhookNotice.objects.filter(pk__in=claimed).select_related("webhook__provider").order_by("id"))


def _send(notice: WebhookNotice, *, at: datetime) -> Response:
    """Sends, then records the attempt: if killed in between, the notice is sent again under the same id."""
    body = body_of(notice)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "CMP-Portal-Webhooks/1",
        "Webhook-Id": str(notice.uuid),
        "Webhook-Signature": signature(body, webhook=notice.webhook, at=at),
    }
    response = post(
        notice.webhook.url,
        body,
        headers=headers,
        timeout=settings.WEBHOOK_TIMEOUT,
        networks=settings.WEBHOOK_NETWORKS,
    )
    with transaction.atomic():
        WebhookAttempt.objects.create(
            notice=notice,
            tried_at=at,
            status=response.status,
            error=response.error,
            milliseconds=response.milliseconds,
        )
        if response.is_good:
            done = {"delivered_at": max(at, notice.created_at), "attempts": notice.attempts + 1, "leased_until": None}
            WebhookNotice.objects.filter(pk=notice.pk).update(**done)
            Webhook.objects.filter(pk=notice.webhook_id).exclude(failing_since=None).update(failing_since=None)
    return response


def body_of(notice: WebhookNotice) -> bytes:
    """The request body, identical for every attempt."""
    members = {
        "id": str(notice.uuid),
        "type": notice.kind,
        "created_at": notice.created_at.isoformat(),
        "data": notice.data,
    }
    return json.dumps(members, sort_keys=True).encode()


@transaction.atomic
def _note_failure(notice: WebhookNotice, response: Response, resting: set[int], *, at: datetime) -> bool:
    """Schedules a retry; returns whether the address is given up. One that does not answer at all rests at once."""
    logger.warning("webhook delivery failed, status %s, attempt %s", response.status, notice.attempts + 1)
    attempts = notice.attempts + 1
    end = {"failed_at": at} if attempts >= MOST_ATTEMPTS else {"next_try_at": at + wait_after(attempts)}
    WebhookNotice.objects.filter(pk=notice.pk).update(attempts=attempts, leased_until=None, **end)
    if response.status is None:
        resting.add(notice.webhook_id)
    webhook = Webhook.objects.select_for_update(of=("self",)).select_related("provider").get(pk=notice.webhook_id)
    webhook.failing_since = webhook.failing_since or at
    is_given_up = at - webhook.failing_since >= timedelta(hours=settings.WEBHOOK_DISABLED_AFTER_HOURS)
    if is_given_up:
        webhook.disabled_at = at
        resting.add(webhook.pk)
        transaction.on_commit(lambda: _tell_staff(webhook))
    webhook.save(update_fields=["failing_since", "disabled_at"])
    return is_given_up


def wait_after(attempts: int) -> timedelta:
    """The backoff after so many failed attempts."""
    return min(FIRST_WAIT * int(3 ** (attempts - 1)), LONGEST_WAIT)


def _tell_staff(webhook: Webhook) -> None:
    """Emails the registrars, who can ask the provider and switch the webhook on again.

    An address that can't be reached keeps nobody else from being told; the run fails in any case, and says why.
    """
    staff = User.objects.filter(is_active=True, roles__contains=[Role.REGISTRAR]).order_by("id")
    words = {"webhook": webhook, "hours": settings.WEBHOOK_DISABLED_AFTER_HOURS, "site": settings.SITE_URL}
    subject = _("Webhook for %(provider)s turned off") % {"provider": webhook.provider.title}
    text = render_to_string("education/mail/webhook_disabled.txt", words)
    for email in staff.values_list("email", flat=True):
        try:
            send_mail(subject, text, None, [email])
        except (SMTPException, OSError, ValueError) as refusal:
            logger.warning("a registrar could not be told of a disabled webhook: %s", type(refusal).__name__)


def forget_notices(*, at: datetime) -> int:
    """Deletes notices past their retention, with their attempts; returns how many."""
    kept_from = at - timedelta(days=settings.WEBHOOK_LOG_KEPT_DAYS)
    old = WebhookNotice.objects.filter(created_at__lt=kept_from).exclude(delivered_at=None, failed_at=None)
    return old.delete()[1].get("education.WebhookNotice", 0)
