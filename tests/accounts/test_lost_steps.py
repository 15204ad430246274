"""Account recovery by an operator for someone who has lost every second factor."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.actions import forget_second_steps
from accounts.enums import AlertKind
from accounts.models import Alert, User
from tests.factories import PASSWORD, HolderUserFactory

pytestmark = pytest.mark.django_db
EMAIL = "mara.holder@example.org"


@pytest.fixture
def user():
    return HolderUserFactory(email=EMAIL)


@pytest.fixture
def steps(user):
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)


def logged_in(password=PASSWORD):
    browser = Client()
    browser.post(reverse("account_login"), {"login": EMAIL, "password": password})
    return browser


def is_in(browser):
    return browser.get(reverse("account:dashboard")).status_code == 200


def test_all_steps_are_gone_and_every_browser_is_out(user, capsys):
    browser = logged_in()
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    assert (is_in(browser), is_in(logged_in())) == (True, False)

    call_command("forget_second_steps", f" {EMAIL.upper()}")

    assert Authenticator.objects.count() == 0
    assert (is_in(browser), is_in(logged_in())) == (False, True)


def test_short_password_does_not_stand_alone_afterwards(user, steps):
    user.set_password("citrate7")
    user.save()

    call_command("forget_second_steps", EMAIL)

    user.refresh_from_db()
    assert (user.has_usable_password(), is_in(logged_in("citrate7"))) == (False, False)


def test_password_is_judged_as_it_is_and_not_as_it_was_read(user, steps, now):
    read_before = User.objects.get()
    user.set_password("citrate7")
    user.save()

    forget_second_steps(user=read_before, at=now)

    user.refresh_from_db()
    assert not user.has_usable_password()


@pytest.mark.django_db(transaction=True)
def test_password_that_is_just_being_changed_is_waited_for(user, steps, now, in_thread, until_blocked):
    with transaction.atomic():
        changed = User.objects.select_for_update(no_key=True).get()
        changed.set_password("citrate7")
        changed.save()
        other = in_thread(lambda: forget_second_steps(user=user, at=now))
        until_blocked()

    assert other.result() == 2
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_their_holder_is_told(user, steps):
    call_command("forget_second_steps", EMAIL)

    told = [alert.title for alert in Alert.objects.all() if alert.kind == AlertKind.SECURITY]
    assert told == ["Two-step login with an app was turned off"]


@pytest.mark.parametrize(("email", "code"), [(EMAIL, 1), ("nobody@example.org", 2)])
def test_who_has_none_or_is_unknown_is_said(user, email, code):
    with pytest.raises(CommandError) as refusal:
        call_command("forget_second_steps", email)

    assert refusal.value.returncode == code
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
