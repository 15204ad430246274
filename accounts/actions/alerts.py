"""Alerts are rows, written in the transaction of their cause; e-mail is a copy."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from accounts.enums import AlertKind, Withdrawal
from accounts.models import Alert, User

# One statement whatever their number, and nothing of the columns in which an alert begins as the database says.
TELL = """
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, language, link, created_at)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                         %s::timestamptz[])
    ON CONFLICT (holder_id, key) DO NOTHING
"""


def tell_all(alerts: Iterable[Alert]) -> None:
    """Writes the alerts that were never told before; the key decides."""
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
    """Tells a holder something once, in the caller's transaction."""
    tell_all([Alert(holder_id=holder_id, kind=kind, key=key, title=title, body=body, link=link, created_at=at)])


def withdraw_alerts(
    *, holder_id: int, keys: Iterable[str], at: datetime, because: Withdrawal = Withdrawal.OUTDATED
) -> int:
    """Takes back what is no longer true; returns how many alerts that were."""
    standing = Alert.objects.filter(holder_id=holder_id, key__in=list(keys), withdrawn_at=None)
    return standing.update(withdrawn_at=at, withdrawn_because=because)


def dismiss(*, alert: Alert, by: User, at: datetime, with_alike: bool = False) -> Alert:
    """Puts an alert away, or all that it stands for on My Account; doing it twice changes nothing."""
    alerts = Alert.objects.shown().alike(alert) if with_alike else Alert.objects.filter(pk=alert.pk)
    alerts.filter(holder_id=by.holder_key, dismissed_at=None).update(dismissed_at=at)
    alert.refresh_from_db()
    return alert


def dismiss_all(*, by: User, at: datetime, until: int) -> int:
    """Puts away everything shown up to the alert `until`: what came after it was not seen yet."""
    return Alert.objects.shown().filter(holder_id=by.holder_key, pk__lte=until).update(dismissed_at=at)


def mark_read(*, alert: Alert, by: User, at: datetime) -> None:
    """Notes when an alert was first read."""
    Alert.objects.filter(pk=alert.pk, holder_id=by.holder_key, read_at=None).update(read_at=at)


def mark_unread(*, alert: Alert, by: User) -> None:
    """Keeps an alert as new."""
    Alert.objects.filter(pk=alert.pk, holder_id=by.holder_key).update(read_at=None)
