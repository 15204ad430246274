"""With the mail server down, a step that needs mail reports it, and a completed step stays completed."""

import pytest
from django.urls import reverse

from cmp_portal.lib.services.processes import free_port
from tests.factories import PASSWORD, HolderUserFactory, UserFactory
from tests.reauthentication import say_again

pytestmark = pytest.mark.django_db


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
    new = "nine tubes of citrate, spun twice"

    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    answer = client.post(reverse("account_change_password"), fields)

    user.refresh_from_db()
    assert (answer.status_code, user.check_password(new)) == (302, True)
    assert [line["notice"] for line in log_lines() if "notice" in line] == ["password_changed"]
