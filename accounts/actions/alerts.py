"""Alerts are rows, written in the transaction that causes them; the email is a copy."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from accounts.enums import AlertKind, Withdrawal
from accounts.models import Alert, User

# One statement for any number of alerts; columns not named get their database defaults.
TELL = """
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, language, link, created_at)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                         %s::timestamptz[])
    ON CONFLICT (holder_id, key) DO NOTHING
"""


def tell_all(alerts: Iterable[Alert]) -> None:
    """Insert alerts, skipping those whose key was already used for the holder."""
    rows = [
        (one.holder_id, one.kind, one.key, one.title, one.body, one.language, one.link, one.created_at)
        for one in alerts
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(TELL, [list(column) for column in zip(*rows, strict=True)])


def tell(
    *, holder_id: int, kind: AlertKind, key: str, title: str, at: datetime, body: str = "", link: str = ""
) -> None:
    """Alert a holder once per `key`, in the caller's transaction."""
    tell_all([Alert(holder_id=holder_id, kind=kind, key=key, title=title, body=body, link=link, created_at=at)])


def withdraw_alerts(
    *, holder_id: int, keys: Iterable[str], at: datetime, because: Withdrawal = Withdrawal.OUTDATED
) -> int:
    """Withdraw alerts that no longer hold; return how many."""
    standing = Alert.objects.filter(holder_id=holder_id, key__in=list(keys), withdrawn_at=None)
    return standing.update(withdrawn_at=at, withdrawn_because=because)


def dismiss(*, alert: Alert, by: User, at: datetime, with_alike: bool = False) -> Alert:
    """Dismiss an alert, or with `with_alike` all that are grouped with it on My Account; idempotent."""
    alerts = Alert.objects.shown().alike(alert) if with_alike else Alert.objects.filter(pk=alert.pk)
    alerts.filter(holder_id=by.holder_key, dismissed_at=None).update(dismissed_at=at)
    alert.refresh_from_db()
    return alert


def dismiss_all(*, by: User, at: datetime, until: int) -> int:
    """Dismiss all shown alerts up to and including ID `until`; later ones have not been seen yet."""
    return Alert.objects.shown().filter(holder_id=by.holder_key, pk__lte=until).update(dismissed_at=at)


def mark_read(*, alert: Alert, by: User, at: datetime) -> None:
    """Record when an alert was first read."""
    Alert.objects.filter(pk=alert.pk, holder_id=by.holder_key, read_at=None).update(read_at=at)


def mark_unread(*, alert: Alert, by: User) -> None:
    """Mark an alert as unread."""
    Alert.objects.filter(pk=alert.pk, holder_id=by.holder_key).update(read_at=None)
