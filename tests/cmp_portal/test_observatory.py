"""Every kind of page in production scores at least 125, and none less than the public ones."""

import json
from http.cookies import SimpleCookie

import pytest

from tests.cmp_portal import observatory
from tests.cmp_portal.test_production import python

# Said of the module, so that there is a database at all.
pytestmark = pytest.mark.django_db
ASKED = """
import json
import django
django.setup()
from django.conf import settings
# As in all tests: names of static files by content are made where the portal is installed.
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
from django.db import transaction
from django.test import Client
from django.urls import reverse
from accounts.enums import Role
from tests.factories import PASSWORD, CycleFactory, CreditFactory, EvidenceFactory, HolderUserFactory, UserFactory

HOST = {"secure": True, "headers": {"Host": "portal.example.org"}}
answers = {}

def keep(kind, answer):
    body = "" if answer.streaming else answer.content.decode(errors="replace")
    cookies = answer.cookies.output(header="").strip()
    answers[kind] = {"status": answer.status_code, "headers": dict(answer.headers), "cookies": cookies, "body": body}

def signed_in(user):
    client = Client(raise_request_exception=False)
    keep(f"logging in {user.pk}", client.post("/account/login/", {"login": user.email, "password": PASSWORD}, **HOST))
    client.post("/account/reauthenticate/", {"password": PASSWORD}, **HOST)
    return client

nobody = Client(raise_request_exception=False)
for kind, path in {
    "guide": "/", "glossary": "/glossary/", "log in": "/account/login/", "register": "/account/signup/",
    "forgotten": "/account/password/reset/", "rounds": "/audits/rounds/", "API": "/api/", "API, no token":
    "/api/v1/completions", "no such page": "/no-such-page/", "asked to log in": "/account/", "health": "/healthz",
    "ready": "/readyz", "metrics": "/metrics", "stylesheet": "/static/css/none.css",
}.items():
    keep(kind, nobody.get(path, **HOST))
keep("forged form", Client(enforce_csrf_checks=True).post("/account/login/", {}, **HOST))
keep("strange host", nobody.get("/", secure=True, headers={"Host": "evil.example"}))
keep("by http", nobody.get("/", headers={"Host": "portal.example.org"}))
with transaction.atomic():
    holder = HolderUserFactory(password=PASSWORD)
    cycle = CycleFactory(mls=True, holder=holder.holder)
    credit = CreditFactory(holder=holder.holder, self_recorded=True)
    document = EvidenceFactory(credit=credit)
    client = signed_in(holder)
    for kind, path in {
        "My Account": "/account/", "progress": "/education/progress/", "credits": "/education/credits/",
        "record": "/education/credits/add/", "credit": f"/education/credits/{credit.uuid}/",
        "document": reverse("education:evidence_file", args=[document.uuid]),
        "transcripts": "/declaration/transcripts/", "two steps": "/account/2fa/", "sessions": "/account/sessions/",
        "PDF": reverse("declarations:transcript_file", args=[cycle.pk, "pdf"]), "data": "/account/export/file.json",
        "archive": "/account/export/file.zip", "closing": "/account/closing/", "refused": "/admin/",
    }.items():
        keep(kind, client.get(path, **HOST))
    settings.STAFF_SECOND_FACTOR = False
    staff = signed_in(UserFactory(password=PASSWORD, roles=[Role.ADMINISTRATOR, Role.REGISTRAR, Role.REVIEWER]))
    for kind, path in {
        "back office": "/admin/", "queue": "/admin/declarations/declaration/", "register": "/admin/accounts/holder/",
        "gallery": "/gallery/", "jobs": "/admin/accounts/jobrun/",
    }.items():
        keep(kind, staff.get(path, **HOST))
    transaction.set_rollback(True)
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        done = python("-c", ASKED)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def secure(answers):
    """By plain http there is nothing but the way to https, and browsers hear of HSTS there."""
    return [(kind, answer) for kind, answer in answers.items() if kind != "by http"]


def points(answer):
    return observatory.score(answer["headers"], SimpleCookie(answer["cookies"]), answer["body"])


def test_there_is_one_of_every_kind(answers):
    kinds = {answer["status"] for answer in answers.values()}

    assert len(answers) >= 37
    assert kinds >= {200, 301, 302, 400, 401, 403, 404}


def test_every_kind_of_page_scores_at_least_125(answers):
    scores = {kind: observatory.total(points(answer)) for kind, answer in secure(answers)}

    assert {kind: (found, points(answers[kind])) for kind, found in scores.items() if found < 125} == {}


def test_nothing_is_lost_anywhere(answers):
    lost = {kind: [rule for rule, found in points(answer).items() if found < 0] for kind, answer in secure(answers)}

    assert {kind: rules for kind, rules in lost.items() if rules} == {}


def test_plain_http_leads_to_https_of_the_same_host(answers):
    answer = answers["by http"]

    assert (answer["status"], answer["headers"]["Location"]) == (301, "https://portal.example.org/")


@pytest.mark.parametrize(
    ("headers", "cookies", "body", "expected"),
    [
        pytest.param({}, "", "", 30, id="nothing"),
        pytest.param({"Content-Security-Policy": "default-src 'self'"}, "", "", 55, id="a policy alone"),
        pytest.param({"Access-Control-Allow-Origin": "*"}, "sessionid=1", "", 0, id="careless"),
        pytest.param({}, "", "<script src='//cdn.example/a.js'></script>", 25, id="of strangers"),
    ],
)
def test_a_worse_answer_scores_less(headers, cookies, body, expected):
    assert observatory.total(observatory.score(headers, SimpleCookie(cookies), body)) == expected
