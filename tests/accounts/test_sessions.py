import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from accounts import actions
from tests.factories import PASSWORD, HolderUserFactory

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
