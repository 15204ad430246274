"""Requests with an idempotency key: processed once, with the same answer to every repetition."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from education.models import KeyedRequest, Provider


class KeyRefused(Exception):
    """The idempotency key was already used for a different request."""


def begin_keyed(*, provider: Provider, key: str, sha256: str, at: datetime) -> KeyedRequest:
    """The request of this key: new, interrupted or already answered. The caller must have exclusive use of the key."""
    keyed, _is_new = KeyedRequest.objects.get_or_create(
        provider=provider, key=key, defaults={"sha256": sha256, "begun_at": at}
    )
    if keyed.sha256 != sha256:
        raise KeyRefused(_("This Idempotency-Key was already used for another request. Use a new one."))
    return keyed


def keep_answer(keyed: KeyedRequest, *, status: int, body: str, at: datetime) -> KeyedRequest:
    """Stores the answer that every repetition of the request gets."""
    keyed.status, keyed.body, keyed.ended_at = status, body, at
    keyed.save(update_fields=["status", "body", "ended_at"])
    return keyed


def forget_keyed(*, at: datetime) -> int:
    """Deletes idempotency keys past their retention; returns how many."""
    kept_from = at - timedelta(hours=settings.API_KEYS_KEPT_HOURS)
    return KeyedRequest.objects.filter(begun_at__lt=kept_from).delete()[0]
