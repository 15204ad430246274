"""Session lifetime."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.urls import reverse

from cmp_portal.lib.sessions import SessionStore, lead
from tests.factories import HolderUserFactory
from tests.fixtures import NOON

pytestmark = pytest.mark.django_db
PAGE = "account:dashboard"


@pytest.fixture
def at(client, settings):
    """Opens My Account so long after a login."""
    settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE = 3600, 4 * 3600
    with time_machine.travel(NOON, tick=False):
        client.force_login(HolderUserFactory())
        client.get(reverse(PAGE))

    def open_page(**later):
        with time_machine.travel(NOON + timedelta(**later), tick=False):
            return client.get(reverse(PAGE))

    return open_page


def test_a_login_lasts_while_it_is_used(at):
    assert [at(minutes=minutes).status_code for minutes in (59, 118, 177, 236)] == [200] * 4


def test_a_login_left_alone_ends(at, client):
    answer = at(minutes=61)

    with time_machine.travel(NOON + timedelta(minutes=61), tick=False):  # by now it is over in any case
        is_logged_in = SESSION_KEY in client.session
    assert (answer.status_code, is_logged_in) == (302, False)


def test_a_login_ends_although_it_is_used(at):
    answers = [at(minutes=minutes).status_code for minutes in (50, 100, 150, 200, 239, 241)]

    assert answers == [200, 200, 200, 200, 200, 302]


def test_the_next_page_says_why(at, client):
    at(minutes=61)

    assert "too much time had passed" in client.get(reverse("account_login")).content.decode()


def test_a_page_right_after_another_writes_nothing(at):
    at(minutes=10)
    session = Session.objects.get().session_data

    at(minutes=11)

    assert Session.objects.get().session_data == session


def test_a_logout_meanwhile_is_no_error(at, client):
    Session.objects.all().delete()

    assert at(minutes=10).status_code == 302


def test_data_that_nobody_signed_are_no_login(at, client):
    Session.objects.update(session_data=Session.objects.get().session_data[:-1] + "?")

    assert at(minutes=1).status_code == 302


# --- How long it still lasts ------------------------------------------------------------------------------------------


def test_what_a_request_does_to_its_session_no_other_sees_before_it_is_saved():
    begun = SessionStore()
    begun["methods"] = [{"method": "password", "at": 1.5}]
    begun.save()
    one, other = SessionStore(begun.session_key), SessionStore(begun.session_key)

    one["methods"][0]["method"] = "changed"
    one["methods"].append("more")

    assert other["methods"] == [{"method": "password", "at": 1.5}]


@pytest.fixture
def lasting(client, at):
    """Asks or says so long after the login; the answer of either."""

    def ask(how="get", **later):
        with time_machine.travel(NOON + timedelta(**later), tick=False):
            return getattr(client, how)(reverse("lasting"))

    return ask


def test_asking_how_long_it_lasts_is_no_use(lasting):
    answers = [lasting(minutes=minutes) for minutes in (20, 59, 61)]

    assert [answer.json() for answer in answers[:2]] == [
        {"seconds": 2400, "longer": True},
        {"seconds": 60, "longer": True},
    ]
    assert answers[2].status_code == 302


def test_staying_is_a_use(lasting, at):
    assert lasting("post", minutes=1).json() == {"seconds": 3600, "longer": True}
    assert at(minutes=60.5).status_code == 200


def test_no_use_takes_it_past_the_whole(lasting):
    for minutes in (55, 110, 165, 220):
        answer = lasting("post", minutes=minutes)

    assert answer.json() == {"seconds": 1200, "longer": False}


@pytest.mark.parametrize(("idle", "before"), [(3600, 300), (900, 120), (8 * 3600, 2400), (60, 30)])
def test_it_is_told_in_time(settings, idle, before):
    settings.SESSION_IDLE_SECONDS = idle

    assert lead() == before
