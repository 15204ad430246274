"""How long a login lasts."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.urls import reverse

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

    assert answer.status_code == 302
    assert SESSION_KEY not in client.session


def test_a_login_ends_although_it_is_used(at):
    answers = [at(minutes=minutes).status_code for minutes in (50, 100, 150, 200, 239, 241)]

    assert answers == [200, 200, 200, 200, 200, 302]


def test_the_next_page_says_why(at, client):
    at(minutes=61)

    assert "some time has passed" in client.get(reverse("account_login")).content.decode()


def test_a_page_right_after_another_writes_nothing(at):
    at(minutes=10)
    session = Session.objects.get().session_data

    at(minutes=11)

    assert Session.objects.get().session_data == session


def test_a_logout_meanwhile_is_no_error(at, client):
    Session.objects.all().delete()

    assert at(minutes=10).status_code == 302
