"""Unsubscribe links in emails: a signed token that names no person and allows nothing else."""

from dataclasses import dataclass

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.enums import ALWAYS_MAILED, AlertKind, Channel
from accounts.models import Alert, Digest, Preference

SIGNER = {"salt": "accounts.unsubscribe", "sep": "."}


@dataclass(frozen=True)
class Subscription:
    """The holder, and the kinds of alert to unsubscribe from."""

    holder_id: int
    kinds: tuple[AlertKind, ...]

    @property
    def is_digest(self) -> bool:
        return len(self.kinds) != 1


def unsubscribe_path(row: str) -> str:
    """The unsubscribe path for an email; `row` identifies it: alert-7, digest-7."""
    return reverse("accounts:unsubscribe", args=[Signer(**SIGNER).sign(row)])  # type: ignore[arg-type]


def subscription_by(token: str) -> Subscription | None:
    """What the token unsubscribes from; None if the signature is invalid, or the email no longer exists."""
    try:
        table, _, number = Signer(**SIGNER).unsign(token).partition("-")  # type: ignore[arg-type]
    except BadSignature:
        return None
    return _of_digest(int(number)) if table == "digest" else _of_alert(int(number))


def _of_alert(pk: int) -> Subscription | None:
    alert = Alert.objects.filter(pk=pk).only("holder_id", "kind").first()
    if alert is None or alert.kind in ALWAYS_MAILED:
        return None
    return Subscription(alert.holder_id, (AlertKind(alert.kind),))


def _of_digest(pk: int) -> Subscription | None:
    digest = Digest.objects.filter(pk=pk).first()
    if digest is None:
        return None
    daily = Preference.objects.filter(holder=digest.holder_id, channel=Channel.DAILY).exclude(kind__in=ALWAYS_MAILED)
    kinds = daily.order_by("kind").values_list("kind", flat=True)
    return Subscription(digest.holder_id, tuple(AlertKind(kind) for kind in kinds))
