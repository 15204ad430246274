import re
from datetime import UTC, datetime

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from accounts import actions
from tests.factories import PASSWORD, HolderUserFactory
from tests.reauthentication import say_again

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return HolderUserFactory()


def signed_in(user):
    browser = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"})
    browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return browser


def session_of(browser):
    return UserSession.objects.get(session_key=browser.session.session_key)


def test_an_ended_session_is_logged_out_at_once(user):
    here, there = signed_in(user), signed_in(user)
    say_again(here)

    here.post(reverse("accounts:end_session", args=[session_of(there).pk]))

    assert there.get(reverse("account:dashboard")).status_code == 302
    assert here.get(reverse("account:dashboard")).status_code == 200


def test_a_session_ended_twice_is_ended_once(user):
    session = session_of(signed_in(user))

    actions.end_session(session=session)
    actions.end_session(session=session)

    assert not UserSession.objects.exists()


def test_a_changed_password_ends_the_other_sessions(user):
    here, there = signed_in(user), signed_in(user)
    new = {"oldpassword": PASSWORD, "password1": "ten tubes of citrate", "password2": "ten tubes of citrate"}

    here.post(reverse("account_change_password"), new)

    assert there.get(reverse("account:dashboard")).status_code == 302


def test_sessions_are_listed_by_browser_and_system(user):
    here = signed_in(user)
    signed_in(user)

    page = here.get(reverse("usersessions_list")).content.decode()

    assert (page.count("<h2>Firefox, Windows</h2>"), page.count("This browser")) == (2, 1)


def test_a_button_says_which_of_two_alike_sessions_it_ends(user):
    """Newest first, as everywhere: this browser's own is usually at the top."""
    here = signed_in(user)
    for seconds in (1, 2):
        there, at = session_of(signed_in(user)), datetime(2026, 6, 30, 17, 1, seconds, tzinfo=UTC)
        UserSession.objects.filter(pk=there.pk).update(created_at=at)

    page = here.get(reverse("usersessions_list")).content.decode()

    assert re.findall(r'"visually-hidden">(Firefox, Windows .+)</span>', page) == [
        "Firefox, Windows (2/3, 30 June 2026, 12:01 CDT, 127.0.0.1)",
        "Firefox, Windows (3/3, 30 June 2026, 12:01 CDT, 127.0.0.1)",
    ]


# --- Saying again who one is ------------------------------------------------------------------------------------------


def is_in(browser):
    return browser.get(reverse("account:dashboard")).status_code == 200


@pytest.mark.parametrize("name", ["accounts:end_session", "usersessions_list"])
def test_no_session_is_ended_by_who_has_not_said_again_who_they_are(user, name):
    here, there = signed_in(user), signed_in(user)
    path = reverse(name, args=[session_of(there).pk] if name == "accounts:end_session" else [])

    answer = here.post(path)

    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert is_in(there)


@pytest.mark.parametrize("name", ["accounts:end_session", "usersessions_list"])
def test_what_was_asked_for_is_done_once_it_is_said(user, name):
    here, there = signed_in(user), signed_in(user)
    path = reverse(name, args=[session_of(there).pk] if name == "accounts:end_session" else [])
    again = here.post(path)["Location"]

    here.post(again, {"password": "another password"})
    assert is_in(there)
    here.post(again, {"password": PASSWORD})
    assert (is_in(here), is_in(there)) == (True, False)


def test_another_key_is_given_to_who_says_again_who_they_are(user, settings):
    here = signed_in(user)
    old = here.cookies[settings.SESSION_COOKIE_NAME].value

    say_again(here)

    assert here.cookies[settings.SESSION_COOKIE_NAME].value != old
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = old
    assert (is_in(here), is_in(thief)) == (True, False)


def test_session_with_another_key_is_still_the_one_on_the_list(user):
    here = signed_in(user)
    before = session_of(here).pk

    say_again(here)

    assert [one.pk for one in UserSession.objects.all()] == [session_of(here).pk] == [before]


def test_log_says_that_somebody_said_again_who_they_are(user, log_lines):
    here = signed_in(user)
    here.post(reverse("account_reauthenticate"), {"password": "another password"})
    say_again(here)

    told = [(line["event"], line["factor"]) for line in log_lines() if "factor" in line]
    assert told == [("login_refused", "password"), ("said_again", "password")]


def test_browser_is_told_to_forget_what_it_kept_when_a_login_ends(user):
    here = signed_in(user)

    assert "Clear-Site-Data" not in here.get(reverse("account:dashboard")).headers
    assert here.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache"'
