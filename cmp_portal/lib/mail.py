"""Multipart emails, and a backend for machines without a mail server."""

from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string


class MailAway(Exception):
    """The mail server does not answer, or accepts no mail."""


class MailRefused(MailAway):
    """The mail server refuses this address for good."""


class OutboxFolderBackend(BaseEmailBackend):
    """Writes each message as an .eml file into EMAIL_FILE_PATH, to be opened with any mail program."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            (folder / f"{uuid4()}.eml").write_bytes(message.message().as_bytes())
        return len(email_messages)


def composed(template: str, context: Mapping[str, Any], *, to: str, name: str) -> EmailMultiAlternatives:
    """Build an email from `template`.subject.txt, .txt and .html; `name` identifies it across retries."""
    words = {"site_url": settings.SITE_URL, "board_name": settings.BOARD_NAME, **context}
    subject, text, html = (
        render_to_string(f"{template}.{part}", words).strip() for part in ("subject.txt", "txt", "html")
    )
    message = EmailMultiAlternatives(subject=subject, body=text, to=[to], headers={"Message-ID": message_id(name)})
    message.attach_alternative(html, "text/html")
    return message


def message_id(name: str) -> str:
    """The Message-ID of the email with this name, the same however often it is sent."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{name}@{domain}>"
