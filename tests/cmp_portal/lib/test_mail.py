import email
import stat
from email import policy

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection


@pytest.fixture
def outbox(settings, tmp_path):
    settings.EMAIL_FILE_PATH = str(tmp_path / "var" / "outbox")
    return tmp_path / "var" / "outbox"


def message(subject="Submit your declaration"):
    mail = EmailMultiAlternatives(subject, "Plain text", "board@example.org", ["amara@example.org"])
    mail.attach_alternative("<p>With <b>emphasis</b></p>", "text/html")
    return mail


def send(*messages):
    return get_connection("cmp_portal.lib.mail.OutboxFolderBackend").send_messages(messages)


def test_each_message_is_one_file(outbox):
    sent = send(message(), message())

    assert (sent, len(list(outbox.glob("*.eml")))) == (2, 2)


def test_the_file_is_the_message(outbox):
    send(message("Erneuert: Öfen & Geräte"))

    (file,) = outbox.glob("*.eml")
    read = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (read["Subject"], read["To"]) == ("Erneuert: Öfen & Geräte", "amara@example.org")


def test_the_file_has_text_and_html(outbox):
    send(message())

    (file,) = outbox.glob("*.eml")
    read = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]


def test_the_folder_is_the_owners_only(outbox):
    send(message())

    assert stat.S_IMODE(outbox.stat().st_mode) == 0o700


def test_nothing_to_send_is_nothing_sent(outbox):
    assert send() == 0
