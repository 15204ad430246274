"""allauth's page for the email addresses of an account, also with concurrent requests."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD, HolderFactory, HolderUserFactory, UserFactory
from tests.reauthentication import say_again

pytestmark = pytest.mark.django_db
PAGE = "/account/email/"


@pytest.fixture
def user(now):
    return HolderUserFactory(email="first@example.org")


@pytest.fixture
def signed_in(client, user):
    client.force_login(user)
    say_again(client)
    return client


def add(client, email):
    return client.post(PAGE, {"email": email, "action_add": ""}, follow=True)


def do(client, action, email):
    return client.post(PAGE, {"email": email, f"action_{action}": ""}, follow=True)


def addresses(user):
    found = EmailAddress.objects.filter(user=user).order_by("id")
    return list(found.values_list("email", "verified", "primary"))


def second(user, email="second@example.org", *, verified=True):
    return EmailAddress.objects.create(user=user, email=email, verified=verified)


def link_to(email):
    message = next(message for message in reversed(mail.outbox) if email in message.to)
    return re.search(r"https?://[^/\s]+(/account/confirm-email/\S+)", message.body)[1]


def test_page_is_the_one_that_links_lead_to():
    assert reverse("account_email") == PAGE


@pytest.mark.parametrize(
    ("verified", "offered"),
    [
        (True, ["action_primary", "action_remove", "action_add"]),
        (False, ["action_send", "action_remove", "action_add"]),
    ],
)
def test_page_offers_only_what_can_be_done(signed_in, user, verified, offered):
    second(user, verified=verified)

    answer = signed_in.get(PAGE)

    assert re.findall(r'name="(action_\w+)"', answer.content.decode()) == offered


def test_added_address_waits_to_be_confirmed(signed_in, user):
    add(signed_in, "Second@example.org")

    assert addresses(user) == [("first@example.org", True, True), ("second@example.org", False, False)]


def test_address_in_use_hears_of_the_new_one(signed_in, user):
    add(signed_in, "second@example.org")

    told = [message for message in mail.outbox if message.to == ["first@example.org"]]
    assert ["An email address was added to your account" in message.subject for message in told] == [True]
    assert "second@example.org" in told[0].body


def test_link_confirms_the_address(signed_in, user):
    add(signed_in, "second@example.org")

    signed_in.post(link_to("second@example.org"))

    assert addresses(user)[1] == ("second@example.org", True, False)


def test_confirmed_address_on_file_brings_the_record(client, now):
    holder, user = HolderFactory(email="second@example.org"), UserFactory(email="first@example.org")
    client.force_login(user)
    say_again(client)
    add(client, "second@example.org")

    client.post(link_to("second@example.org"))

    user.refresh_from_db()
    assert user.holder == holder


def test_login_follows_the_primary_address_and_the_old_one_hears_of_it(signed_in, user):
    second(user)

    do(signed_in, "primary", "second@example.org")

    user.refresh_from_db()
    assert user.email == "second@example.org"
    assert [message.to for message in mail.outbox] == [["first@example.org"]]


def test_unconfirmed_address_does_not_become_primary(signed_in, user):
    second(user, verified=False)

    do(signed_in, "primary", "second@example.org")

    user.refresh_from_db()
    assert (user.email, addresses(user)[0]) == ("first@example.org", ("first@example.org", True, True))


def test_removed_address_is_gone_and_the_other_hears_of_it(signed_in, user):
    second(user)

    do(signed_in, "remove", "second@example.org")

    assert addresses(user) == [("first@example.org", True, True)]
    assert [message.to for message in mail.outbox] == [["first@example.org"]]


@pytest.mark.parametrize("other", [None, "second@example.org"])
def test_primary_address_stays(signed_in, user, other):
    if other:
        second(user, other, verified=False)

    do(signed_in, "remove", "first@example.org")

    assert ("first@example.org", True, True) in addresses(user)


def test_address_of_another_login_looks_like_any_other(signed_in, user):
    UserFactory(email="taken@example.org")

    pages = [add(signed_in, email).content.decode() for email in ("taken@example.org", "free@example.org")]

    assert [addresses(user)[number][1:] for number in (1, 2)] == [(False, False)] * 2
    assert ["taken@example.org" in pages[0], "free@example.org" in pages[1]] == [True, True]
    assert [sum(m.to == ["first@example.org"] for m in mail.outbox)] == [2]


def test_address_of_another_login_is_never_confirmed(signed_in, user):
    UserFactory(email="taken@example.org")
    add(signed_in, "taken@example.org")

    answer = signed_in.post(link_to("taken@example.org"), follow=True)

    assert answer.status_code == 200
    assert ("taken@example.org", False, False) in addresses(user)


def test_address_that_is_not_confirmed_brings_no_record(client, now):
    HolderUserFactory(email="taken@example.org")
    user = UserFactory(email="first@example.org")
    client.force_login(user)
    say_again(client)
    add(client, "taken@example.org")
    HolderFactory(email="taken@example.org")

    client.post(link_to("taken@example.org"))

    user.refresh_from_db()
    assert user.holder is None


def test_primary_address_that_another_login_registered_with_is_no_error(signed_in, user):
    UserFactory(email="second@example.org", confirmed=False)
    second(user)

    answer = do(signed_in, "primary", "second@example.org")

    user.refresh_from_db()
    assert "can&#x27;t be used right now" in answer.content.decode()
    assert (user.email, addresses(user)[0]) == ("first@example.org", ("first@example.org", True, True))


# --- Who may change them ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["add", "remove", "primary"])
def test_nothing_is_changed_by_who_has_not_said_again_who_they_are(client, user, action):
    second(user)
    client.force_login(user)
    before = addresses(user)
    email = "third@example.org" if action == "add" else "second@example.org"

    answer = client.post(PAGE, {"email": email, f"action_{action}": ""})

    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert addresses(user) == before
    client.post(answer["Location"], {"password": PASSWORD})
    assert addresses(user) != before


@pytest.mark.parametrize(
    "name", ["mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"]
)
def test_second_steps_are_changed_by_who_has_said_it(client, user, name):
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user)

    assert client.post(reverse(name))["Location"].startswith(reverse("account_reauthenticate"))
    assert Authenticator.objects.count() == 1


# --- At once ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_address_is_not_removed_while_it_becomes_primary(client, now, in_thread, until_blocked):
    user = HolderUserFactory(email="first@example.org")
    second(user)
    client.force_login(user)
    say_again(client)

    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        EmailAddress.objects.get(email="second@example.org").set_as_primary()
        other = in_thread(lambda: do(client, "remove", "second@example.org"))
        until_blocked()
    other.result()

    locked.refresh_from_db()
    assert locked.email == "second@example.org"
    assert addresses(user) == [("first@example.org", True, False), ("second@example.org", True, True)]


@pytest.mark.django_db(transaction=True)
def test_two_logins_that_confirm_one_address_at_once(client, now, in_thread, until_blocked):
    user, other = HolderUserFactory(email="first@example.org"), HolderUserFactory()
    client.force_login(user)
    say_again(client)
    add(client, "shared@example.org")
    theirs = EmailAddress.objects.create(user=other, email="shared@example.org")

    with transaction.atomic():
        EmailAddress.objects.filter(pk=theirs.pk).update(verified=True)
        answer = in_thread(lambda: client.post(link_to("shared@example.org"), follow=True))
        until_blocked()

    assert answer.result().status_code == 200
    assert EmailAddress.objects.filter(email="shared@example.org", verified=True).get() == theirs


def test_a_link_that_is_not_sent_again_so_soon_is_said_to_be_on_its_way(signed_in, user):
    add(signed_in, "second@example.org")
    mail.outbox.clear()

    page = do(signed_in, "send", "second@example.org").content.decode()

    assert "We sent a link a few minutes ago." in page
    assert mail.outbox == []
