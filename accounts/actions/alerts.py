"""Alerts are rows, written in the transaction of their cause; e-mail is a copy."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string

from accounts.enums import AlertKind
from accounts.models import Alert, Preference, User

BATCH = 1000
# A mailbox that refuses a mail is asked again after this time, while all others are served.
REFUSED_AGAIN = timedelta(days=1)
REFUSALS = (SMTPRecipientsRefused, SMTPDataError)
logger = logging.getLogger(__name__)


def tell_all(alerts: Iterable[Alert]) -> None:
    """Writes the alerts that were never told before; the key decides."""
    Alert.objects.bulk_create(alerts, ignore_conflicts=True, batch_size=BATCH)


def tell(
    *, holder_id: int, kind: AlertKind, key: str, title: str, at: datetime, body: str = "", link: str = ""
) -> None:
    """Tells a holder something once, in the caller's transaction."""
    tell_all([Alert(holder_id=holder_id, kind=kind, key=key, title=title, body=body, link=link, created_at=at)])


def withdraw_alerts(*, holder_id: int, keys: Iterable[str], at: datetime) -> int:
    """Takes back what is no longer true; returns how many alerts that were."""
    standing = Alert.objects.filter(holder_id=holder_id, key__in=list(keys), withdrawn_at=None)
    return standing.update(withdrawn_at=at)


def dismiss(*, alert: Alert, by: User, at: datetime) -> Alert:
    """Puts an alert away; doing it twice changes nothing."""
    Alert.objects.filter(pk=alert.pk, holder_id=by.holder_key, dismissed_at=None).update(dismissed_at=at)
    alert.refresh_from_db()
    return alert


@dataclass(frozen=True)
class Delivery:
    """What became of one batch of mails."""

    sent: int
    skipped: int
    refused: int = 0

    def __add__(self, other: "Delivery") -> "Delivery":
        return Delivery(self.sent + other.sent, self.skipped + other.skipped, self.refused + other.refused)


def deliver(*, at: datetime, limit: int = BATCH) -> Delivery:
    """Mails one batch of alerts that were not mailed yet; a killed worker's batch is taken up after its lease."""
    batch = _claim(at=at, limit=limit)
    unwanted = _unwanted(batch)
    connection = get_connection()
    done = Delivery(sent=0, skipped=0)
    for alert in batch:
        is_wanted = bool(alert.holder.email) and (alert.holder_id, alert.kind) not in unwanted
        try:
            done += _deliver_one(alert, is_wanted=is_wanted, connection=connection, at=at)
        except (SMTPException, OSError):
            # The mail server is gone: whoever comes next need not wait for our lease.
            Alert.objects.filter(pk__in=[one.pk for one in batch], emailed_at=None).update(leased_until=None)
            raise
    return done


def _deliver_one(alert: Alert, *, is_wanted: bool, connection: BaseEmailBackend, at: datetime) -> Delivery:
    """Sends, then marks: killed in between, it is sent again under the same Message-ID."""
    try:
        if is_wanted:
            _mail(alert, connection=connection)
    except REFUSALS as refusal:
        logger.warning("alert %s refused by the mail server: %s", alert.pk, type(refusal).__name__)
        Alert.objects.filter(pk=alert.pk).update(leased_until=at + REFUSED_AGAIN)
        return Delivery(sent=0, skipped=0, refused=1)
    Alert.objects.filter(pk=alert.pk).update(emailed_at=at)
    return Delivery(sent=int(is_wanted), skipped=int(not is_wanted))


@transaction.atomic
def _claim(*, at: datetime, limit: int) -> list[Alert]:
    waiting = Alert.objects.filter(emailed_at=None, withdrawn_at=None).exclude(leased_until__gt=at).order_by("id")
    batch = list(waiting.select_related("holder").select_for_update(skip_locked=True, of=("self",))[:limit])
    Alert.objects.filter(pk__in=[alert.pk for alert in batch]).update(
        leased_until=at + timedelta(seconds=settings.ALERT_LEASE_SECONDS)
    )
    return batch


def _unwanted(batch: list[Alert]) -> set[tuple[int, str]]:
    wishes = Preference.objects.filter(holder__in={alert.holder_id for alert in batch}, by_email=False)
    return set(wishes.values_list("holder_id", "kind"))


def _mail(alert: Alert, *, connection: BaseEmailBackend) -> None:
    context = {"alert": alert, "site_url": settings.SITE_URL, "board_name": settings.BOARD_NAME}
    subject, text, html = (
        render_to_string(f"accounts/mail/alert.{part}", context).strip() for part in ("subject.txt", "txt", "html")
    )
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    message = EmailMultiAlternatives(
        subject=subject,
        body=text,
        to=[alert.holder.email],
        headers={"Message-ID": f"<alert-{alert.pk}@{domain}>"},
        connection=connection,
    )
    message.attach_alternative(html, "text/html")
    message.send()
