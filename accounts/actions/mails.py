"""How an alert reads as a mail: text and HTML by our own templates, nothing personal in the subject."""

from datetime import datetime
from email.utils import parseaddr
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
from cmp_portal.lib.places import language_of, zone_of


class Line(NamedTuple):
    """One alert in a mail."""

    kind: str
    title: str
    body: str
    link: str
    created_at: datetime


class Mail(NamedTuple):
    """One mail: an alert's own, or a digest's with all that waited for it."""

    row: str
    email: str
    lines: tuple[Line, ...]
    is_digest: bool = False
    language: str = ""
    time_zone: str = ""


def compose(mail: Mail) -> EmailMultiAlternatives:
    """The mail in its holder's language and time; the same row gives the same Message-ID."""
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
    """What the inbox shows: the kind, or how many there are."""
    if not mail.is_digest:
        return str(SUBJECTS[mail.lines[0].kind])
    count = len(mail.lines)
    return ngettext("%(count)s alert", "%(count)s alerts", count) % {"count": count}


def may_be_switched_off(mail: Mail) -> bool:
    """Whether any of what the mail says is of a kind whose mail can be switched off."""
    return any(line.kind not in ALWAYS_MAILED for line in mail.lines)


def _context(mail: Mail) -> dict[str, object]:
    is_optional = may_be_switched_off(mail)
    return {
        "heading": subject_of(mail),
        "lines": [_told(line) for line in mail.lines],
        "is_digest": mail.is_digest,
        "board_name": settings.BOARD_NAME,
        "account_url": settings.SITE_URL + reverse("account:dashboard"),
        "preferences_url": settings.SITE_URL + reverse("accounts:preferences"),
        "unsubscribe_url": settings.SITE_URL + unsubscribe_path(mail.row) if is_optional else "",
        "why": "" if mail.is_digest else ALWAYS_MAILED.get(mail.lines[0].kind, ""),
    }


def _told(line: Line) -> dict[str, str]:
    """An alert as a mail says it, with the moment where its holder is."""
    url = settings.SITE_URL + line.link if line.link else ""
    return {"title": line.title, "body": line.body, "url": url, "when": longmoment(line.created_at)}


def _headers(mail: Mail) -> dict[str, str]:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    headers = {"Message-ID": f"<{mail.row}@{domain}>", "Auto-Submitted": "auto-generated"}
    if may_be_switched_off(mail):
        # RFC 8058: mail programs show a button that needs no visit.
        headers["List-Unsubscribe"] = f"<{settings.SITE_URL}{unsubscribe_path(mail.row)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
