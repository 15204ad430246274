"""The webhook address of a provider, and the secret that signs its notices."""

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.outbound import Refused, check_address
from education.enums import EventKind
from education.models import Provider, Webhook, WebhookNotice


class WebhookRefused(Exception):
    """The webhook can't be saved like this."""


def secret_of(nonce: str, *, key: str = "") -> str:
    """The signing secret: not stored, but derived from the webhook's nonce and the installation's key."""
    made = hmac.digest((key or settings.SECRET_KEY).encode(), f"webhook {nonce}".encode(), "sha256")
    return f"whsec_{made.hex()}"


def signature(body: bytes, *, webhook: Webhook, at: datetime) -> str:
    """The header `t=…,v1=…`, with a `v1` per valid secret: several while a secret or SECRET_KEY is rotated."""
    nonces = [webhook.nonce]
    if webhook.previous_until and webhook.previous_until > at:
        nonces.append(webhook.previous_nonce)
    moment = str(int(at.timestamp()))
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    signed = [sign(body, moment=moment, secret=secret_of(nonce, key=key)) for nonce in nonces for key in keys]
    return ",".join([f"t={moment}", *(f"v1={one}" for one in signed)])


def sign(body: bytes, *, moment: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


@transaction.atomic
def keep_webhook(*, provider: Provider, url: str, by: User | None, at: datetime, key: UUID | None = None) -> Webhook:
    """Sets the provider's only address; a changed one keeps the secret and is enabled again. Idempotent.

    With a key it only creates: raises WebhookRefused if the provider already has another webhook.
    """
    try:
        check_address(url, networks=settings.WEBHOOK_NETWORKS)
    except Refused:
        words = _("Enter an https address that can be reached from outside, without a username.")
        raise WebhookRefused(words) from None
    made = {"nonce": (key or uuid4()).hex, "url": url, "changed_at": at, "changed_by": by}
    Webhook.objects.get_or_create(provider=provider, defaults=made)
    webhook = Webhook.objects.select_for_update().get(provider=provider)
    if key and (webhook.nonce, webhook.url) != (key.hex, url):
        raise WebhookRefused(_("This provider already has a webhook. Change that one."))
    if not key and (webhook.url, webhook.failing_since, webhook.disabled_at) != (url, None, None):
        webhook.url, webhook.changed_at, webhook.changed_by = url, at, by
        webhook.failing_since = webhook.disabled_at = None
        webhook.save()
        _start_afresh(webhook)
    return webhook


@transaction.atomic
def rotate_secret(*, webhook: Webhook, by: User | None, at: datetime, key: UUID | None = None) -> Webhook:
    """Replaces the secret; for a grace period both sign, so that the provider can switch at its own pace.

    Idempotent for the same key.
    """
    webhook = Webhook.objects.select_for_update().get(pk=webhook.pk)
    nonce = (key or uuid4()).hex
    if webhook.nonce == nonce:
        return webhook
    webhook.previous_nonce, webhook.nonce = webhook.nonce, nonce
    webhook.previous_until = at + timedelta(hours=settings.API_TOKEN_GRACE_HOURS)
    webhook.changed_at, webhook.changed_by = at, by
    webhook.save()
    return webhook


@transaction.atomic
def switch(*, webhook: Webhook, on: bool, by: User | None, at: datetime) -> Webhook:
    """Enables or disables a webhook; notices wait while it is disabled, and are due once it is enabled. Idempotent."""
    webhook = Webhook.objects.select_for_update().get(pk=webhook.pk)
    if on == (webhook.disabled_at is None):
        return webhook
    webhook.disabled_at, webhook.failing_since = (None if on else at), None
    webhook.changed_at, webhook.changed_by = at, by
    webhook.save()
    if on:
        _start_afresh(webhook)
    return webhook


def _start_afresh(webhook: Webhook) -> None:
    """Makes waiting notices due now, with all their attempts: what failed before says nothing about what follows."""
    webhook.notices.filter(delivered_at=None, failed_at=None).update(next_try_at=None, attempts=0)


def send_test(*, webhook: Webhook, at: datetime, key: UUID | None = None) -> WebhookNotice:
    """Queues a notice to test a receiver with; idempotent for the same key."""
    said = {"webhook": webhook, "kind": EventKind.TEST, "data": {"completions": []}, "created_at": at}
    return WebhookNotice.objects.get_or_create(uuid=key or uuid4(), defaults=said)[0]


def resend(*, notice: WebhookNotice) -> WebhookNotice:
    """Queues a notice again for the next delivery, under the same id, whatever became of it."""
    again = {"delivered_at": None, "failed_at": None, "next_try_at": None, "leased_until": None, "attempts": 0}
    WebhookNotice.objects.filter(pk=notice.pk).update(**again)
    notice.refresh_from_db()
    return notice
