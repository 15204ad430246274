"""What the portal accepts from browsers: forms, methods, headers; and what its scripts may do."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from accounts.adapters import AccountAdapter
from education.models import Credit
from tests.factories import CreditFactory, HolderUserFactory

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent
# Where no session counts: providers' tokens, what everybody may ask, and links that mail programs follow by themselves.
WITHOUT_SESSION = ("api/v1/", "verify/", "shared/", "account/unsubscribe/", "declaration/payments/webhook/")
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
UNSAFE = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function")
TOKEN = re.compile('name="csrfmiddlewaretoken" value="([^"]+)"')
KEEPING = ("localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches.")


def spared(resolver, route=""):
    """The views at which the middleware against forged forms does not look."""
    for pattern in resolver.url_patterns:
        path = f"{route}{pattern.pattern}"
        if not isinstance(pattern, URLPattern):
            yield from spared(pattern, path)
        elif getattr(pattern.callback, "csrf_exempt", False):
            yield path


def test_forged_form_is_refused_wherever_a_session_counts():
    """By a middleware that looks at every view but those which say otherwise."""
    found = list(spared(get_resolver()))

    assert len(found) > 3
    assert [path for path in found if not path.startswith(WITHOUT_SESSION)] == []


@pytest.mark.parametrize("path", ["/account/login/", "/account/closing/close/", "/account/logout/", "/admin/login/"])
def test_form_without_its_token_is_refused(path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(HolderUserFactory())

    assert client.post(path).status_code == 403


@pytest.mark.parametrize("path", ["/account/", "/education/progress/", "/account/calendar/", "/account/lasting/?box"])
def test_token_of_a_form_is_another_in_every_answer(client, path):
    """So that its length, compressed, tells nothing: docs/decisions/0033."""
    client.force_login(HolderUserFactory())
    answers = [TOKEN.findall(client.get(path).content.decode()) for _time in range(2)]

    assert answers[0] and not set(answers[0]) & set(answers[1])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_writes_text_as_text_and_keeps_nothing(script):
    words = script.read_text(encoding="utf-8")

    assert [one for one in (*UNSAFE, *KEEPING) if one in words] == []


@pytest.mark.parametrize("path", ["/", "/account/login/", "/account/", "/admin/", "/healthz", "/api/v1/completions/"])
def test_trace_is_refused(client, path):
    client.force_login(HolderUserFactory())

    answer = client.trace(path, headers={"X-Mark": "zyxmara"})

    assert (answer.status_code in {302, 401, 403, 404, 405}, b"zyxmara" in answer.content) == (True, False)


@pytest.mark.parametrize("path", ["/static/", "/static/css/", "/media/", "/.git/config", "/static/../manage.py"])
def test_no_folder_is_listed(client, path):
    assert client.get(path).status_code == 404


def test_folder_of_versions_is_not_in_the_image():
    assert ".git/" in (ROOT / ".dockerignore").read_text(encoding="utf-8").split()


@pytest.mark.parametrize(("proxies", "told"), [(0, "127.0.0.1"), (1, "192.0.2.9")])
def test_visitor_does_not_say_where_they_come_from(rf, settings, proxies, told):
    """The last address was written by the proxy that we trust, all before it by whoever likes; limits count by it."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = rf.get("/", headers={"X-Forwarded-For": "203.0.113.7, 192.0.2.9"})

    assert AccountAdapter(request).get_client_ip(request) == told


@pytest.mark.parametrize("title", ["<b>%41&lt;&amp;lt;", "{{ 7 }}{% now %}", "'\"><script>alert(1)</script>"])
def test_what_was_typed_is_shown_as_it_was_typed(client, title):
    """Decoded once on its way in, escaped once on its way out."""
    credit = CreditFactory(self_recorded=True, title=title)
    client.force_login(HolderUserFactory(holder=credit.holder))

    page = client.get(f"/education/credits/{credit.uuid}/").content.decode()

    escaped = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace("'", "&#x27;").replace('"', "&quot;")
    assert (escaped in page, title != escaped and title in page) == (True, False)
    assert Credit.objects.get().title == title
