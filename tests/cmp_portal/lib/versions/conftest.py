"""A holder and their browser. Models are imported inside the fixtures, when settings are available."""

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponseNotModified
from django.test import Client
from django.test.client import ClientHandler
from django.urls import reverse


class Served(ClientHandler):
    """Answers as the server does: unchanged pages in front of Django."""

    def __call__(self, environ):
        from cmp_portal.lib.unchanged import UnchangedPages

        answers = []

        def django(environ, start_response):
            answers.append(super(Served, self).__call__(environ))
            return ()

        def start(status, headers):
            assert status == "304 Not Modified"
            answers.append(HttpResponseNotModified(headers=dict(headers)))

        assert list(UnchangedPages(django)(environ, start)) == []
        [answer] = answers
        if not hasattr(answer, "wsgi_request"):  # the test client asks for it
            answer.wsgi_request = WSGIRequest(environ)
        return answer


class Browser(Client):
    def __init__(self):
        super().__init__()
        self.handler = Served(enforce_csrf_checks=False)


@pytest.fixture(autouse=True)
def _release_is_read_again():
    from cmp_portal.lib import versions

    versions.release.cache_clear()
    yield
    versions.release.cache_clear()


@pytest.fixture
def user(transactional_db, now):
    from tests.factories import AllocationFactory, CycleFactory, HolderUserFactory, MlsRequirementSetFactory

    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    AllocationFactory(cycle=cycle, credit__subjects=["chemistry"])
    return HolderUserFactory(holder=cycle.holder)


@pytest.fixture
def visit(user):
    """A conditional GET, as sent by the holder's browser with a cached copy of the page."""
    client = Browser()
    client.force_login(user)
    kept: dict[str, str] = {}

    def open_page(name="account:dashboard", **also):
        headers = {"If-None-Match": kept[name]} if name in kept else {}
        answer = client.get(reverse(name), headers=headers | also)
        kept[name] = answer.headers.get("ETag", "")
        return answer

    open_page.client = client
    return open_page


@pytest.fixture
def stranger():
    """A browser without a session."""
    return Browser()
