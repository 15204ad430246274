"""Security notices to the account's owner; by email to those without a record or at another address."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.core import mail
from django.test import Client

from accounts import actions
from accounts.actions import Event
from accounts.adapters import AccountAdapter
from accounts.enums import AlertKind
from accounts.models import Alert
from cmp_portal.lib import clock
from tests.factories import PASSWORD, HolderFactory, HolderUserFactory, UserFactory
from tests.reauthentication import say_again

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    user = HolderUserFactory(email="mara.holder@example.org", holder__email="mara.holder@example.org")
    user.last_login = clock.now() - timedelta(days=9)
    user.save()
    return user


@pytest.fixture
def notify(rf):
    """What allauth calls, within a request."""
    with request_context(rf.get("/")):
        yield AccountAdapter(rf.get("/")).send_notification_mail


def log_in(client, user):
    return client.post("/account/login/", {"login": user.email, "password": PASSWORD})


def told():
    return [alert.title for alert in Alert.objects.order_by("id") if alert.kind == AlertKind.SECURITY]


def test_a_new_device_is_told_once(client, user):
    log_in(client, user)
    client.post("/account/logout/")
    with time_machine.travel(clock.now() + timedelta(days=1)):
        log_in(client, user)

    assert told() == ["Someone logged in on a new device"]


def test_another_device_is_told_again(client, user):
    log_in(client, user)
    with time_machine.travel(clock.now() + timedelta(days=1)):
        log_in(Client(), user)

    assert len(told()) == 2


def test_the_first_login_ever_is_no_news(client, user):
    user.last_login = None
    user.save()

    log_in(client, user)

    assert told() == []


def test_a_device_knows_several_people(client, user):
    other = UserFactory(email="someone@example.org")
    log_in(client, user)
    client.post("/account/logout/")
    log_in(client, other)
    client.post("/account/logout/")
    with time_machine.travel(clock.now() + timedelta(days=1)):
        log_in(client, user)

    assert len(told()) == 1


def test_the_cookie_is_closed_and_names_nobody(client, user, settings):
    cookie = log_in(client, user).cookies[settings.DEVICE_COOKIE_NAME]

    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert str(user.pk) not in cookie.value.split(".")
    assert "mara" not in cookie.value


def test_a_changed_password_is_told(client, user):
    client.force_login(user)
    new = "twelve tubes of citrate"
    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert told() == ["Your password was changed"]
    assert mail.outbox == []  # the alert's own mail follows


def test_a_removed_address_is_told(client, user):
    EmailAddress.objects.create(user=user, email="old@example.org", verified=True)
    client.force_login(user)
    say_again(client)

    client.post("/account/email/", {"action_remove": "", "email": "old@example.org"})

    assert told() == ["An email address was removed from your account"]


@pytest.mark.parametrize("event", Event)
def test_every_event_has_its_words_its_page_and_its_mail(user, now, event):
    actions.tell_of(event, user=user, at=now)

    actions.deliver(at=now)

    alert = Alert.objects.get()
    assert alert.title in mail.outbox[0].body
    assert (mail.outbox[0].subject, alert.link[:9]) == ("Board of Certification: Update on your account", "/account/")


@pytest.mark.parametrize(
    "prefix", ["mfa/email/totp_activated", "mfa/email/webauthn_removed", "mfa/email/recovery_codes_generated"]
)
def test_second_factors_are_told(notify, user, prefix):
    notify(prefix, user)

    assert len(told()) == 1


def test_the_same_form_sent_twice_is_told_once(user, now):
    for seconds in (0, 1):
        actions.tell_of(Event.PASSWORD_CHANGED, user=user, at=now + timedelta(seconds=seconds))

    assert len(told()) == 1


def test_who_has_no_record_gets_the_mail_itself(notify):
    user = UserFactory(email="reviewer@example.org")

    notify("account/email/password_changed", user)

    assert (told(), mail.outbox[0].to) == ([], ["reviewer@example.org"])


def test_an_address_that_is_not_on_file_gets_the_mail_too(notify):
    user = HolderUserFactory(email="new@example.org", holder=HolderFactory(email="on-file@example.org"))

    notify(
        "account/email/email_changed",
        user,
        {"from_email": "old@example.org", "to_email": "new@example.org"},
        email="old@example.org",
    )

    assert (len(told()), mail.outbox[0].to) == (1, ["old@example.org"])


def test_what_happens_again_is_told_again_but_a_form_sent_twice_is_not(user, now):
    for after in (timedelta(0), timedelta(seconds=1), timedelta(minutes=2)):
        actions.tell_of(Event.PASSWORD_CHANGED, user=user, at=now + after)

    assert Alert.objects.filter(kind=AlertKind.SECURITY).count() == 2
