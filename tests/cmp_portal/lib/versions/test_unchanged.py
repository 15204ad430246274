"""A 304 response is guarded as strictly as the full page."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import (
    AlertFactory,
    HolderUserFactory,
)

PAGES = ["account:dashboard", "education:progress"]
# What an answer says of itself alone.
OF_ONE_ANSWER = {"X-Request-ID", "Content-Type", "Content-Length"}
ENDS = {
    "the session was ended elsewhere": lambda user: Session.objects.all().delete(),
    "the login was closed": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "the password was changed elsewhere": lambda user: User.objects.filter(pk=user.pk).update(password="another"),
}


def begun_by(user, session):
    """What a login by the form leaves beside the session."""
    return UserSession.objects.create(user=user, session_key=session.session_key, ip="127.0.0.1", user_agent="")


def test_unchanged_page_costs_one_question(visit, user, django_assert_num_queries):
    begun_by(user, visit.client.session)
    visit()

    with django_assert_num_queries(1):
        assert visit().status_code == 304


def test_unchanged_page_costs_two_where_nobody_noted_the_login(visit, django_assert_num_queries):
    visit()

    with django_assert_num_queries(2):
        assert visit().status_code == 304


@pytest.mark.parametrize(("name", "questions"), [("account:dashboard", 7), ("education:progress", 8)])
def test_page_in_full_asks_for_session_and_marks_at_once_too(visit, user, django_assert_num_queries, name, questions):
    begun_by(user, visit.client.session)
    visit(name)

    with django_assert_num_queries(questions):
        assert visit.client.get(reverse(name)).status_code == 200


def test_page_is_of_whoever_is_logged_in_whoever_began_the_session(visit, user):
    stranger = HolderUserFactory()
    begun_by(stranger, visit.client.session)
    visit()
    AlertFactory(holder=stranger.holder)
    unchanged = visit().status_code
    AlertFactory(holder=user.holder)

    assert (unchanged, visit().status_code) == (304, 200)


@pytest.mark.parametrize("page", PAGES)
def test_unchanged_page_is_as_guarded_as_the_whole_one(visit, page):
    visit(page)
    whole, unchanged = visit(page, **{"If-None-Match": ""}), visit(page)
    told = [
        {name: sorted(value.split(", ")) for name, value in answer.headers.items() if name not in OF_ONE_ANSWER}
        for answer in (whole, unchanged)
    ]

    assert (whole.status_code, unchanged.status_code) == (200, 304)
    assert told[0] == told[1]
    assert {"Content-Security-Policy", "Permissions-Policy", "X-Frame-Options", "Referrer-Policy"} <= set(told[1])


def test_unchanged_page_is_told_as_a_request_for_it(visit, user, log_lines):
    visit()
    visit()

    told = [(line["route"], line["status"], line["user"]) for line in log_lines() if line["event"] == "request"]
    assert told == [("account:dashboard", 200, user.pk), ("account:dashboard", 304, user.pk)]


def test_version_that_a_proxy_made_weak_is_known(visit):
    version = visit()["ETag"]

    assert visit(**{"If-None-Match": f'"another", W/{version}'}).status_code == 304


def test_version_is_of_one_session_alone(visit, user):
    version = visit()["ETag"]
    other = Client()
    other.force_login(user)
    other.cookies["csrftoken"] = visit.client.cookies["csrftoken"].value

    assert other.get(reverse("account:dashboard"), headers={"If-None-Match": version}).status_code == 200


def test_version_opens_nothing_to_whoever_is_not_signed_in(visit):
    version = visit()["ETag"]

    assert Client().get(reverse("account:dashboard"), headers={"If-None-Match": version}).status_code == 302


@pytest.mark.parametrize("happened", ENDS)
def test_login_that_has_ended_asks_to_log_in(visit, user, happened):
    visit()
    ENDS[happened](user)

    assert visit().status_code == 302


def test_session_left_alone_asks_to_log_in(visit, now, settings):
    visit()
    with time_machine.travel(now + timedelta(seconds=settings.SESSION_IDLE_SECONDS + 1), tick=False):
        assert visit().status_code == 302


def test_use_of_an_unchanged_page_keeps_the_session(visit, now, settings):
    visit()
    for step in (1, 2, 3):
        with time_machine.travel(now + step * timedelta(seconds=settings.SESSION_IDLE_SECONDS - 60), tick=False):
            assert visit().status_code == 304
