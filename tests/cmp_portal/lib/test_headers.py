"""Every kind of response has every required header."""

import pytest
from django.core.files.base import ContentFile
from django.urls import path, reverse

from accounts.enums import Role
from cmp_portal import urls
from tests.factories import CycleFactory, EvidenceFactory, HolderUserFactory, MlsRequirementSetFactory, UserFactory

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
}
# Every kind of answer: who asks, for what, and the status that makes it this kind.
ANSWERS = {
    "public page": ("nobody", "/", 200),
    "page of a holder": ("holder", "/account/", 200),
    "form of allauth": ("nobody", "/account/login/", 200),
    "admin": ("staff", "/admin/", 200),
    "words of the admin": ("staff", "/admin/jsi18n/", 200),
    "autocomplete of the admin": ("staff", "/admin/autocomplete/", 403),
    "static file": ("nobody", "/static/css/base.css", 200),
    "file of the admin": ("nobody", "/static/admin/css/base.css", 200),
    "missing static file": ("nobody", "/static/css/no-such.css", 404),
    "download": ("holder", "{evidence}", 200),
    "picture": ("holder", "{picture}", 200),
    "transcript": ("holder", "{transcript}", 200),
    "redirect to the login": ("nobody", "/account/", 302),
    "redirect to the slash": ("nobody", "/account/login", 301),
    "not found": ("nobody", "/no-such-page/", 404),
    "forbidden": ("holder", "/gallery/", 403),
    "wrong method": ("holder", "{remove}", 405),
    "health": ("nobody", "/healthz", 200),
    "readiness": ("nobody", "/readyz", 200),
    "error of ours": ("holder", "/broken/", 500),
}


def broken(request):
    raise ZeroDivisionError


class Addresses:
    """Those of the portal, and one with an error of ours."""

    urlpatterns = [*urls.urlpatterns, path("broken/", broken)]
    handler500 = urls.handler500


@pytest.fixture
def ask(client, settings, now):
    """Asks as one of these people for one of these addresses."""
    settings.ROOT_URLCONF, client.raise_request_exception = Addresses, False
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    evidence = EvidenceFactory(holder=cycle.holder, preview=ContentFile(b"a picture", "scan.jpg"))
    places = {
        "evidence": reverse("education:evidence_file", args=[evidence.uuid]),
        "picture": reverse("education:evidence_picture", args=[evidence.uuid]),
        "remove": reverse("education:evidence_remove", args=[evidence.uuid]),
        "transcript": reverse("declarations:transcript_file", args=[cycle.pk, "csv"]),
    }
    people = {"holder": HolderUserFactory(holder=cycle.holder), "staff": UserFactory(roles=[Role.REGISTRAR])}

    def ask(who, path):
        if who != "nobody":
            client.force_login(people[who])
        return client.get(path.format(**places))

    return ask


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_has_every_header(ask, kind):
    who, path, status = ANSWERS[kind]

    answer = ask(who, path)

    assert answer.status_code == status
    assert {name for name, part in HEADERS.items() if part not in answer.headers.get(name, "")} == set()


@pytest.mark.parametrize("kind", [kind for kind in ANSWERS if kind != "picture"])
def test_the_policy_is_the_same_everywhere(ask, kind):
    who, path, _status = ANSWERS[kind]

    assert set(ask(who, path).headers["Content-Security-Policy"].split("; ")) == POLICY


@pytest.mark.parametrize("kind", ANSWERS)
def test_text_says_its_type_and_its_letters(ask, kind):
    who, path, _status = ANSWERS[kind]

    answer = ask(who, path)

    told = answer.headers.get("Content-Type", "")
    assert (told != "", told.startswith("text/") and "charset" not in told) == (True, False)


def test_a_picture_may_do_even_less(ask):
    policy = set(ask("holder", "{picture}").headers["Content-Security-Policy"].split("; "))

    assert policy == {"default-src 'none'", "img-src 'self'", "frame-ancestors 'none'", "sandbox"}


@pytest.mark.parametrize("kind", ANSWERS)
def test_only_files_of_the_site_are_kept_by_browsers_and_pages_they_ask_about_each_time(ask, kind):
    who, path, _status = ANSWERS[kind]

    rule = ask(who, path).headers["Cache-Control"]

    if kind == "page of a holder":
        assert rule == "private, no-cache"
    else:
        assert ("no-store" not in rule) == (kind in {"static file", "file of the admin"})


def test_no_other_site_may_read_our_files(ask):
    assert "Access-Control-Allow-Origin" not in ask("nobody", "/static/css/base.css").headers


def test_a_passkey_may_be_asked_for(ask):
    policy = ask("nobody", "/").headers["Permissions-Policy"]

    assert {"publickey-credentials-create=(self)", "publickey-credentials-get=(self)"} <= set(policy.split(", "))
