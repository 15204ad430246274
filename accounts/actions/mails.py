"""An alert or digest as an email: text and HTML from our own templates, nothing personal in the subject."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from accounts.enums import ALWAYS_MAILED, SUBJECTS
from accounts.queries import unsubscribe_path
from cmp_portal.lib.dates import longmoment
from cmp_portal.lib.locales import language_of, zone_of
from cmp_portal.lib.mail import message_id


class MailedAlert(NamedTuple):
    """One alert in an email."""

    kind: str
    title: str
    body: str
    link: str
    created_at: datetime


class Mail(NamedTuple):
    """One email: a single alert, or a digest of several."""

    row: str
    email: str
    alerts: tuple[MailedAlert, ...]
    is_digest: bool = False
    language: str = ""
    time_zone: str = ""


def compose(mail: Mail) -> EmailMultiAlternatives:
    """The email in its holder's language and time zone; the same row always gives the same Message-ID."""
    with translation.override(language_of(mail.language)), timezone.override(zone_of(mail.time_zone)):
        context = _context(mail)
        text, html = (render_to_string(f"accounts/mail/alerts.{form}", context) for form in ("txt", "html"))
        message = EmailMultiAlternatives(
            subject=f"{settings.BOARD_NAME}: {subject_of(mail)}",
            body=text.strip() + "\n",
            to=[mail.email],
            headers=_headers(mail),
        )
    message.attach_alternative(html.strip(), "text/html")
    return message


def subject_of(mail: Mail) -> str:
    """The subject: the kind of alert, or the number of alerts."""
    if not mail.is_digest:
        return str(SUBJECTS[mail.alerts[0].kind])
    count = len(mail.alerts)
    return ngettext("%(count)s alert", "%(count)s alerts", count) % {"count": count}


def may_be_switched_off(mail: Mail) -> bool:
    """Whether any alert in the email is of a kind that can be unsubscribed from."""
    return any(alert.kind not in ALWAYS_MAILED for alert in mail.alerts)


def _context(mail: Mail) -> dict[str, object]:
    is_optional = may_be_switched_off(mail)
    return {
        "heading": subject_of(mail),
        "alerts": [_told(alert) for alert in mail.alerts],
        "is_digest": mail.is_digest,
        "board_name": settings.BOARD_NAME,
        "account_url": settings.SITE_URL + reverse("account:dashboard"),
        "preferences_url": settings.SITE_URL + reverse("accounts:preferences"),
        "unsubscribe_url": settings.SITE_URL + unsubscribe_path(mail.row) if is_optional else "",
        "why": "" if mail.is_digest else ALWAYS_MAILED.get(mail.alerts[0].kind, ""),
    }


def _told(alert: MailedAlert) -> dict[str, str]:
    """An alert for the template, with its time in the holder's time zone."""
    url = settings.SITE_URL + alert.link if alert.link else ""
    return {"title": alert.title, "body": alert.body, "url": url, "when": longmoment(alert.created_at)}


def _headers(mail: Mail) -> dict[str, str]:
    headers = {"Message-ID": message_id(mail.row), "Auto-Submitted": "auto-generated"}
    if may_be_switched_off(mail):
        # RFC 8058: email clients offer one-click unsubscribe.
        headers["List-Unsubscribe"] = f"<{settings.SITE_URL}{unsubscribe_path(mail.row)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
