"""With the mail server down, a step that needs mail reports it, and a completed step stays completed."""

from html import unescape

import pytest
from django.urls import reverse

from accounts.models import User
from cmp_portal.lib.services.processes import free_port
from tests.factories import PASSWORD, HolderUserFactory, UserFactory
from tests.reauthentication import say_again
from tests.smtp_server import smtp_server

pytestmark = pytest.mark.django_db
NEW = "nine tubes of citrate, spun twice"


@pytest.fixture(autouse=True)
def mute(settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = free_port()  # where nobody listens


@pytest.mark.parametrize("known", [True, False])
def test_asking_for_a_new_password_says_that_no_mail_can_go_out(client, known):
    """As to an address that nobody has: it is not told which one is known."""
    email = HolderUserFactory().email if known else "nobody@example.org"
    client.raise_request_exception = False

    answer = client.post(reverse("account_reset_password"), {"email": email})

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "We can't send email right now" in answer.text


def test_a_password_is_changed_though_nobody_can_be_told_by_mail(client, log_lines):
    user = UserFactory(password=PASSWORD)
    client.force_login(user)
    say_again(client)

    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    answer = client.post(reverse("account_change_password"), fields)

    user.refresh_from_db()
    assert (answer.status_code, user.check_password(NEW)) == (302, True)
    assert [line["notice"] for line in log_lines() if "notice" in line] == ["password_changed"]


def test_who_could_not_be_mailed_registers_again(client, settings, mailoutbox):
    """No account remains that a second attempt would find, and the email of that attempt is not skipped."""
    fields = {"email": "new@example.org", "password1": NEW, "password2": NEW}
    client.raise_request_exception = False
    assert client.post(reverse("account_signup"), fields).status_code == 503
    assert not User.objects.exists()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    client.post(reverse("account_signup"), fields)

    assert [message.subject for message in mailoutbox] == ["Board of Certification: Confirm your email address"]


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        ("550 5.1.1 no such mailbox", 422, "This address refuses our email"),
        ("451 4.3.0 later", 503, "We can't send email right now"),
        ("554 5.7.1 relay access denied", 503, "We can't send email right now"),
    ],
)
def test_who_entered_an_address_that_refuses_is_told_so(client, settings, reply, status, words):
    with smtp_server() as server:
        settings.EMAIL_PORT = server.port
        server.to_recipient["wrong@example.org"] = reply
        client.raise_request_exception = False

        fields = {"email": "wrong@example.org", "password1": NEW, "password2": NEW}
        answer = client.post(reverse("account_signup"), fields)

    assert (answer.status_code, words in unescape(answer.text), User.objects.exists()) == (status, True, False)
