from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation

from cmp_portal.lib import load_shedding
from cmp_portal.lib.load_shedding import LoadSheddingMiddleware
from cmp_portal.lib.throttled_work import WAITING, run_throttled
from cmp_portal.serving import threads

PLACES = 2


@pytest.fixture(autouse=True)
def _few_places(settings):
    settings.REQUESTS_AT_ONCE = PLACES
    yield
    assert load_shedding.ROOM.taken == 0


@pytest.fixture
def crowd():
    """Fills every place with a request that works until it is told to go on; tells how each was answered."""
    go_on = Event()
    with ThreadPoolExecutor(WAITING) as clients:
        working = [clients.submit(asked, lambda: go_on.wait(10)) for _place in range(PLACES)]
        while load_shedding.ROOM.taken < PLACES:
            pass
        yield lambda: (go_on.set(), [one.result(10).status_code for one in working])[1]
        go_on.set()


def asked(work=lambda: None, request=None):
    def page(_request):
        work()
        return HttpResponse("a page")

    return LoadSheddingMiddleware(page)(request or RequestFactory().get("/account/"))


def test_whoever_finds_no_place_is_asked_to_come_back(crowd):
    answer = asked()

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Many people are using the portal right now" in answer.content.decode()
    assert crowd() == [200, 200]
    assert asked().status_code == 200


def test_a_third_of_the_places_is_kept_for_whoever_has_a_session(crowd, settings):
    settings.REQUESTS_AT_ONCE = PLACES + 1
    known = RequestFactory().get("/account/")
    known.COOKIES[settings.SESSION_COOKIE_NAME] = "a session"

    assert [asked().status_code, asked(request=known).status_code] == [503, 200]


def test_they_are_asked_in_their_language(crowd):
    with translation.override("es"):
        answer = asked()

    assert "Many people are using" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_what_watches_is_always_answered(crowd, path):
    assert asked(request=RequestFactory().get(path)).status_code == 200


def test_documents_on_a_slow_line_take_nobodys_place(crowd):
    assert asked(request=RequestFactory().post("/education/credits/add/", {"title": "A"})).status_code == 200


def test_a_place_is_free_again_after_an_error():
    for _time in range(PLACES + 1):
        with pytest.raises(ZeroDivisionError):
            asked(lambda: 1 / 0)

    assert asked().status_code == 200


def test_those_who_wait_for_their_password_to_be_checked_leave_their_place():
    checking, go_on = Event(), Event()

    def check():
        checking.set()
        return go_on.wait(10)

    with ThreadPoolExecutor(PLACES + 1) as clients:
        signing_in = [clients.submit(asked, lambda: run_throttled(check)) for _client in range(PLACES)]
        assert checking.wait(10)
        while load_shedding.ROOM.taken:
            pass
        assert asked().status_code == 200
        go_on.set()
        assert [one.result(10).status_code for one in signing_in] == [200, 200]


def test_there_are_threads_to_say_so(settings):
    settings.REQUESTS_AT_ONCE = 8

    assert threads > settings.REQUESTS_AT_ONCE
