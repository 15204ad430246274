"""Webhooks that tell a provider's system what became of its completions (transactional outbox, delivered later)."""

from education.actions.webhooks.delivering import deliver_webhooks, forget_notices
from education.actions.webhooks.registration import (
    WebhookRefused,
    keep_webhook,
    resend,
    rotate_secret,
    secret_of,
    send_test,
    switch,
)

__all__ = [
    "WebhookRefused",
    "deliver_webhooks",
    "forget_notices",
    "keep_webhook",
    "resend",
    "rotate_secret",
    "secret_of",
    "send_test",
    "switch",
]
