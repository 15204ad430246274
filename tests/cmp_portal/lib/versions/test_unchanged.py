"""A 304 response is guarded as strictly as the full page."""

from contextlib import closing, suppress
from datetime import timedelta
from socket import SHUT_RDWR, create_server
from threading import Thread
from wsgiref.validate import validator
from zoneinfo import ZoneInfo

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from cmp_portal.lib import versions
from cmp_portal.lib.load_shedding import ROOM
from cmp_portal.wsgi import application
from credentials.models import Credential
from tests.factories import (
    AlertFactory,
    CycleStatusFactory,
    DeclarationFactory,
    HolderUserFactory,
)

PAGES = ["account:dashboard", "education:progress"]
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


@pytest.mark.parametrize(
    ("news", "answers"),
    [(AlertFactory, {"account:dashboard": 200, "education:progress": 304}),
     (CycleStatusFactory, {"account:dashboard": 304, "education:progress": 200}),
     (DeclarationFactory, {"account:dashboard": 200, "education:progress": 200})],
)  # fmt: skip
def test_each_page_is_sent_again_for_what_it_shows(visit, user, news, answers):
    begun_by(user, visit.client.session)
    before = news(holder=user.holder)
    for page in PAGES:
        visit(page)
    before.save()

    assert {page: visit(page).status_code for page in PAGES} == answers


@pytest.mark.parametrize("page", PAGES)
def test_unchanged_page_keeps_the_headers_that_the_browser_has(visit, page):
    """RFC 9110, 15.4.5: those of a 304 replace the page's, so it has only those that must be there, and these alike."""
    visit(page)
    whole, unchanged = visit(page, **{"If-None-Match": ""}), visit(page)

    assert (whole.status_code, unchanged.status_code) == (200, 304)
    assert set(unchanged.headers) == {"ETag", "Cache-Control", "Vary", "X-Request-ID"}
    assert {name: whole[name] for name in ("ETag", "Cache-Control", "Vary")}.items() <= unchanged.headers.items()


def test_page_that_changed_asks_for_session_and_marks_once(visit, user, django_assert_num_queries):
    begun_by(user, visit.client.session)
    visit()
    AlertFactory(holder=user.holder)

    with django_assert_num_queries(7):
        assert visit().status_code == 200


def test_unchanged_page_takes_a_place_and_leaves_it(visit, settings):
    settings.REQUESTS_AT_ONCE = 1
    versions.release.cache_clear()
    known = {"If-None-Match": visit()["ETag"]}
    ROOM.enter(1)
    crowded = visit(**known).status_code
    ROOM.leave()

    assert (crowded, [visit(**known).status_code for _visit in range(2)]) == (503, [304, 304])


@pytest.mark.parametrize("secure", [False, True])
def test_plain_http_is_redirected_though_nothing_changed(visit, settings, secure):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_PROXY_SSL_HEADER = True, ("HTTP_X_FORWARDED_PROTO", "https")
    versions.release.cache_clear()
    visit(**{"X-Forwarded-Proto": "https"})

    answer = visit(**{"X-Forwarded-Proto": "https" if secure else "http"})

    assert answer.status_code == (304 if secure else 301)


def test_connection_that_the_database_has_closed_is_replaced(visit):
    visit()
    with closing(connection.copy()) as other:
        other.cursor().execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])

    assert [visit().status_code, visit().status_code] == [200, 304]


@pytest.fixture
def little_patience(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 50")
        yield
        cursor.execute("RESET lock_timeout")


def test_database_that_answers_too_late_is_asked_once(visit, little_patience, django_assert_num_queries):
    visit()
    visit.client.raise_request_exception = False
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE django_session")
        with django_assert_num_queries(1):
            away = visit().status_code

    assert away == 503


@pytest.fixture
def deaf_database(visit):
    """Tells of each attempt to connect, and hangs up."""
    attempts = []

    def hang_up():
        with suppress(OSError):
            while True:
                one, _address = ears.accept()
                attempts.append(1)
                one.close()

    visit()
    connection.close()
    with create_server(("127.0.0.1", 0)) as ears, pytest.MonkeyPatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        patch.setitem(connection.settings_dict, "PORT", str(ears.getsockname()[1]))
        Thread(target=hang_up, daemon=True).start()
        yield attempts
        ears.shutdown(SHUT_RDWR)


def test_database_that_is_away_is_looked_for_once(visit, deaf_database):
    visit.client.raise_request_exception = False
    visit(**{"If-None-Match": ""})
    once = len(deaf_database)
    visit(**{"If-None-Match": '"any"'})

    assert (len(deaf_database), once > 0) == (2 * once, True)


@pytest.mark.parametrize("method", ["head", "post"])
def test_only_a_page_that_is_asked_for_is_unchanged(visit, method):
    headers = {"If-None-Match": visit()["ETag"]}

    assert getattr(visit.client, method)(reverse("account:dashboard"), headers=headers).status_code == 405


def test_version_opens_no_other_page(visit):
    version = visit()["ETag"]

    for path in (reverse("education:credits"), reverse("education:progress"), "/none/"):
        assert visit.client.get(path, headers={"If-None-Match": version}).status_code in (200, 404)


def test_page_without_a_version_is_not_looked_for(visit):
    """Beside the page's own, no question for session and marks."""
    version, page = visit()["ETag"], reverse("education:credits")
    counts = []
    for headers in ({}, {}, {"If-None-Match": version}):
        with CaptureQueriesContext(connection) as found:
            visit.client.get(page, headers=headers)
        counts.append(len(found))
        assert not [query for query in found if "session_with_marks" in query["sql"]]

    assert counts[1] == counts[2]


def test_page_is_not_looked_for_without_a_session(db, stranger, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert stranger.get(reverse("account:dashboard")).status_code == 302


def test_server_is_answered_by_the_book(visit):
    """By PEP 3333, as `wsgiref` checks it."""
    answered = []
    asked = {"HTTP_IF_NONE_MATCH": visit()["ETag"], "PATH_INFO": reverse("account:dashboard"), "QUERY_STRING": ""}
    environ = visit.client._base_environ(**asked)
    body = validator(application)(environ, lambda status, headers, _exc_info=None: answered.append(status))

    assert (list(body), answered) == ([], ["304 Not Modified"])
    body.close()


@pytest.mark.parametrize("language", ["en", "es"])
def test_unchanged_page_is_known_in_any_language(visit, language):
    visit.client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    first = visit()

    assert (first.status_code, visit().status_code) == (200, 304)
    assert visit(**{"Accept-Language": "es"}).status_code == 304


def test_unchanged_page_is_told_as_a_request_for_it(visit, user, log_lines):
    numbers = [visit()["X-Request-ID"], visit()["X-Request-ID"]]

    lines = [line for line in log_lines() if line["event"] == "request"]
    assert [(line["route"], line["status"], line["user"]) for line in lines] == [
        ("account:dashboard", 200, user.pk), ("account:dashboard", 304, user.pk),
    ]  # fmt: skip
    assert [line["request_id"] for line in lines] == numbers
    assert all(0 < line["ms"] < 60_000 for line in lines)


def test_version_that_a_proxy_made_weak_is_known(visit):
    version = visit()["ETag"]

    assert visit(**{"If-None-Match": f'"another", W/{version}'}).status_code == 304


def test_version_is_of_one_session_alone(visit, user, stranger):
    version = visit()["ETag"]
    stranger.force_login(user)
    stranger.cookies["csrftoken"] = visit.client.cookies["csrftoken"].value

    assert stranger.get(reverse("account:dashboard"), headers={"If-None-Match": version}).status_code == 200


def test_version_is_of_one_session_though_another_holds_the_same(visit, stranger):
    version, own = visit()["ETag"], visit.client.session
    copy = type(own)()
    copy.update(dict(own.items()))
    copy.save()
    stranger.cookies[settings.SESSION_COOKIE_NAME] = copy.session_key
    stranger.cookies["csrftoken"] = visit.client.cookies["csrftoken"].value

    assert stranger.get(reverse("account:dashboard"), headers={"If-None-Match": version}).status_code == 200


def test_version_is_of_the_secret_of_the_forms_on_the_page(visit):
    visit()
    visit.client.cookies["csrftoken"] = "c" * 32

    assert [visit().status_code, visit().status_code] == [200, 304]


def test_version_is_of_what_the_session_holds(visit):
    visit()
    session = visit.client.session
    session["another"] = "word"
    session.save()

    assert [visit().status_code, visit().status_code] == [200, 304]


@pytest.mark.parametrize("hour", [12, 23])
def test_version_is_of_the_board_s_day(visit, user, now, hour):
    with time_machine.travel(now.astimezone(ZoneInfo(settings.BOARD_TIME_ZONE)).replace(hour=hour), tick=False):
        visit.client.force_login(user)
        assert [visit().status_code, visit().status_code] == [200, 304]


def test_version_is_of_what_was_asked(visit, user):
    [credential] = Credential.objects.filter(holder=user.holder)
    page = reverse("education:progress")
    found = {visit.client.get(address)["ETag"] for address in (page, f"{page}?credential={credential.pk}")}

    assert len(found) == 2


def test_page_that_is_not_found_has_no_version(visit):
    answer = visit.client.get(f"{reverse('education:progress')}?credential=999999")

    assert (answer.status_code, "ETag" in answer) == (404, False)


def test_version_opens_nothing_to_whoever_is_not_signed_in(visit, stranger):
    version = visit()["ETag"]

    assert stranger.get(reverse("account:dashboard"), headers={"If-None-Match": version}).status_code == 302


@pytest.mark.parametrize("headers", [{}, {"If-None-Match": '"any"'}])
def test_session_that_no_text_can_name_asks_to_log_in(db, stranger, headers):
    stranger.cookies[settings.SESSION_COOKIE_NAME] = "\0" + "a" * 31

    assert stranger.get(reverse("account:dashboard"), headers=headers).status_code == 302


@pytest.mark.parametrize("happened", ENDS)
def test_login_that_has_ended_asks_to_log_in(visit, user, happened):
    visit()
    ENDS[happened](user)

    assert visit().status_code == 302


def test_session_left_alone_asks_to_log_in(visit, now, settings):
    visit()
    with time_machine.travel(now + timedelta(seconds=settings.SESSION_IDLE_SECONDS + 1), tick=False):
        assert visit().status_code == 302


@pytest.fixture
def session_ends_meanwhile(transactional_db):
    """Between being read and being used: no row of it is left to be updated."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE RULE ended AS ON UPDATE TO django_session DO INSTEAD NOTHING")
        yield
        cursor.execute("DROP RULE ended ON django_session")


def test_session_that_ends_meanwhile_asks_to_log_in(visit, now, settings, session_ends_meanwhile):
    visit()
    with time_machine.travel(now + timedelta(seconds=settings.SESSION_IDLE_SECONDS - 60), tick=False):
        assert visit().status_code == 302


def test_use_of_an_unchanged_page_keeps_the_session(visit, now, settings):
    visit()
    for step in (1, 2, 3):
        with time_machine.travel(now + step * timedelta(seconds=settings.SESSION_IDLE_SECONDS - 60), tick=False):
            assert visit().status_code == 304
