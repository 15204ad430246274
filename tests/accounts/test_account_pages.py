"""The pages behind the links of account emails, and the page without permission."""

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from accounts.enums import Role
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

UNUSABLE = "This link no longer works"


@pytest.fixture
def link():
    user = UserFactory()
    return reverse(
        "account_reset_password_from_key", args=[user_pk_to_url_str(user), default_token_generator.make_token(user)]
    )


def test_a_password_is_set_and_the_way_to_log_in_is_shown(client, link):
    asked = client.get(link, follow=True)
    done = client.post(asked.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD}, follow=True)

    assert "<h1>Set a password</h1>" in asked.content.decode()
    assert "<h1>Your password is set</h1>" in done.content.decode()
    assert f'class="button" href="{reverse("account_login")}"' in done.content.decode()


def test_a_link_that_was_used_leads_to_a_new_one(client, link):
    page = client.get(link[:-3] + "x/", follow=True).content.decode()

    assert UNUSABLE in page
    assert f'href="{reverse("account_reset_password")}">Ask for a new link' in page


def test_confirming_names_the_address_once(client):
    address = EmailAddress.objects.create(user=UserFactory(confirmed=False), email="new@example.org")

    page = client.get(reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key])).content.decode()

    assert "Is new@example.org your address?" in page
    assert page.count("new@example.org") == 1


def test_a_broken_confirmation_leads_to_the_login_that_sends_another(client):
    page = client.get(reverse("account_confirm_email", args=["broken"])).content.decode()

    assert UNUSABLE in page
    assert f'class="button" href="{reverse("account_login")}"' in page


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (UserFactory.build, "is not linked to a credential. Pages about your record open"),
        (lambda: UserFactory.build(roles=[Role.REVIEWER]), "does not have the permission"),
    ],
    ids=["without a record", "staff"],
)
def test_whoever_has_no_record_reads_why_its_pages_are_closed(client, user, words):
    user = user()
    user.save()
    client.force_login(user)

    assert words in client.get(reverse("education:progress")).content.decode()


def test_a_link_used_before_leads_whoever_is_logged_in_to_their_addresses(client):
    client.force_login(UserFactory())

    page = client.get(reverse("account_confirm_email", args=["broken"])).content.decode()

    assert UNUSABLE in page
    assert f'class="button" href="{reverse("account_email")}"' in page


def test_who_waits_for_the_email_can_go_back_to_registering(client):
    page = client.get(reverse("account_email_verification_sent")).content.decode()

    assert f'<a href="{reverse("account_signup")}">try again</a>' in page
