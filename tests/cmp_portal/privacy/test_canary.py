"""Data of a marked person passes through the whole portal, and leaks nowhere that others might read it."""

import re
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from redis import Redis

from accounts.models import Alert
from accounts.tasks import deliver_alerts
from cmp_portal.celery import app
from declarations import actions
from education.models import Credit
from tests.declarations.reviews import LATER, submitted
from tests.factories import PASSWORD, AlertFactory, HolderFactory, LetterFactory, UserFactory

MARK = "zyxmara"
NUMBER = "8675309111"
CERTIFICATE = "ZQ-77441199"
BIRTH = "september"
EMAIL = f"{MARK}@canary.example"
MISTYPED = "wrong-horse-of-hers"
SECRETS = (MARK, NUMBER, CERTIFICATE.lower(), BIRTH, "canary.example", PASSWORD, MISTYPED)
LINK = re.compile(r"""(?:href|src|action)=["']([^"']*)["']""")
PAGES = (
    "account:dashboard", "education:progress", "education:credits", "education:credit_add", "declarations:transcripts",
    "account_email", "account_change_password", "mfa_index", "usersessions_list", "accounts:alerts", "accounts:record",
    "accounts:preferences", "account:history", "calendar_settings", "export", "closing", "education:synchronisation",
)  # fmt: skip


def found_in(text):
    text = unquote(text).lower()
    return [secret for secret in SECRETS if secret in text]


class Walk:
    """A browser that notes each address it is led to, and each that a page offers."""

    def __init__(self):
        self.client, self.addresses = Client(), []

    def get(self, path):
        return self._noted(path, self.client.get(path))

    def post(self, path, form):
        return self._noted(path, self.client.post(path, form))

    def _noted(self, path, answer):
        assert answer.status_code < 500
        self.addresses += [path, answer.headers.get("Location", ""), answer.headers.get("Content-Disposition", "")]
        if not answer.streaming and answer.headers.get("Content-Type", "").startswith("text/html"):
            self.addresses += LINK.findall(answer.content.decode())
        return answer


@pytest.fixture
def broker():
    """The real one, empty: the cache is in it too."""
    server = Redis.from_url(settings.REDIS_URL)
    server.flushall()
    yield server
    server.flushall()


@pytest.fixture
def walk(transactional_db, now, broker, log_lines, settings):
    """Logging in wrongly and rightly, the holder's pages, recording with a document, asking for changes, declaring."""
    settings.BOARD_NAME = "Board"
    holder = HolderFactory(
        first_name=f"{MARK}-first", last_name=f"{MARK}-last", email=EMAIL, customer_number=NUMBER, birth_month=9
    )
    declaration = submitted(holder=holder, credential__certificate_number=CERTIFICATE)
    user = holder.user
    user.email = EMAIL
    user.save()
    user.emailaddress_set.update(email=EMAIL)
    walk = Walk()
    walk.post(reverse("account_login"), {"login": EMAIL, "password": MISTYPED})
    walk.post(reverse("account_reset_password"), {"email": EMAIL})
    walk.post(reverse("account_signup"), {"email": f"new-{EMAIL}", "password1": PASSWORD, "password2": PASSWORD})
    walk.post(reverse("account_login"), {"login": EMAIL, "password": PASSWORD})
    walk.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    pages = [walk.get(reverse(name)).status_code for name in PAGES]
    assert pages == [200] * len(PAGES)
    form = {
        "title": f"{MARK} course", "provider_name": f"{MARK} school", "kind": "ce-course", "subjects": ["chemistry"],
        "completed_on": "2026-01-05", "unit": "points", "quantity": "2",
        "files": SimpleUploadedFile(f"{MARK}.pdf", b"%PDF-1.7\n% A page\n%%EOF\n"),
    }  # fmt: skip
    walk.post(reverse("education:credit_add"), form)
    walk.post(reverse("account_email"), {"action_add": "", "email": f"2{EMAIL}"})
    walk.post(reverse("accounts:change", args=["address"]), {"email": f"3{EMAIL}", "words": f"{MARK} moved"})
    walk.post(reverse("credentials:claim"), {"certificate_number": CERTIFICATE, "last_name": MARK, "birth_month": "9"})
    for credit in Credit.objects.filter(holder=holder)[:2]:
        walk.get(reverse("education:credit", args=[credit.uuid]))
    walk.get(declaration.get_absolute_url())
    walk.get(reverse("declarations:transcript", args=[declaration.cycle_id]))
    for name in ("export_file", "export_archive"):
        b"".join(walk.get(reverse(name)).streaming_content)
    actions.send_back(declaration=declaration, by=UserFactory(roles=["reviewer"]), at=LATER, note=f"{MARK}, look again")
    AlertFactory(holder=holder, title=f"{MARK} was told", body=MARK)
    LetterFactory(holder=holder, email=EMAIL)
    walk.lines = log_lines
    return walk


def test_no_log_names_them(walk):
    deliver_alerts.apply()

    lines = walk.lines()
    assert len(lines) > 20
    assert found_in(str(lines)) == []


def test_no_address_names_them(walk):
    assert len(walk.addresses) > 200
    assert [address for address in walk.addresses if found_in(address)] == []


def test_no_subject_of_a_mail_names_them(walk):
    Alert.objects.update(created_at=LATER)
    deliver_alerts.apply()

    to_them = [one for one in mail.outbox if EMAIL in "".join(one.to)]
    assert len(to_them) >= 3
    assert [one.subject for one in mail.outbox if found_in(one.subject)] == []
    assert [one.extra_headers for one in mail.outbox if found_in(str(one.extra_headers))] == []


def test_no_key_of_the_cache_names_them(walk, broker):
    keys = [key.decode() for key in broker.keys("*")]

    assert len(keys) > 3
    assert [key for key in keys if found_in(key)] == []


def test_nothing_that_the_cache_keeps_names_them(walk, broker):
    kept = {key: broker.get(key) for key in broker.keys("*") if broker.type(key) == b"string"}

    assert len(kept) > 3
    assert [key for key, value in kept.items() if found_in(value.decode("latin-1"))] == []


def test_no_request_sends_a_message_and_those_of_the_clock_are_empty(walk, broker):
    assert broker.llen("celery") == 0

    for entry in app.conf.beat_schedule.values():
        app.send_task(entry["task"], **entry["options"])
    messages = broker.lrange("celery", 0, -1)

    assert len(messages) == len(app.conf.beat_schedule)
    assert [one for one in messages if found_in(one.decode())] == []
