"""Mail on a machine without a mail server."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class OutboxFolderBackend(BaseEmailBackend):
    """Writes each message as one .eml file into EMAIL_FILE_PATH, where any mail program opens it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            (folder / f"{uuid4()}.eml").write_bytes(message.message().as_bytes())
        return len(email_messages)
