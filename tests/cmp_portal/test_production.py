"""Production settings, in a separate process."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "CMP_ENV": "production",
    "SECRET_KEY": "".join(chr(33 + number * 7 % 90) for number in range(70)),
    "SITE_URL": "https://portal.example.org",
}
LOGIN = """
import json
import django
django.setup()
from django.db import transaction
from django.test import Client
from django.urls import reverse
from tests.factories import PASSWORD, HolderUserFactory

with transaction.atomic():
    user = HolderUserFactory()
    user.set_password(PASSWORD)
    user.save()
    form = {"login": user.email, "password": PASSWORD}
    browser, https = Client(), {"secure": True, "headers": {"Host": "portal.example.org"}}
    answer = browser.post("/account/login/", form, **https)
    browser.post(reverse("calendar_make"), **https)  # which the next page tells of
    transaction.set_rollback(True)
cookies = {name: dict(morsel) for name, morsel in browser.cookies.items()}
print(json.dumps({"status": answer.status_code, "headers": dict(answer.headers), "cookies": cookies}))
"""


def python(*arguments, **changed):
    """A Python program under the settings of production, on the test database."""
    where = connection.settings_dict
    host, user = quote(where["HOST"]), quote(where["USER"])
    database = f"postgresql:///{where['NAME']}?host={host}&user={user}"
    own = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "cmp_portal.settings", "PYTHONPATH": str(ROOT)}
    environment = os.environ | own | PRODUCTION | changed
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # of the tests in a browser
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def login(django_db_setup, django_db_blocker):
    """What the browser of somebody gets who has just logged in, and done something."""
    with django_db_blocker.unblock():
        done = python("-c", LOGIN)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_django_has_nothing_to_warn_of(db):
    done = python("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr


def test_a_short_secret_is_warned_of(db):
    assert python("manage.py", "check", "--deploy", "--fail-level", "WARNING", SECRET_KEY="short").returncode == 1


@pytest.mark.parametrize("name", ["SECRET_KEY", "SITE_URL"])
def test_what_is_missing_is_named(db, name):
    done = python("manage.py", "check", **{name: ""})

    assert (done.returncode, f"settings: {name} is not set" in done.stderr) == (2, True)


def test_every_cookie_belongs_to_this_host_alone(login):
    assert login["status"] == 302
    assert sorted(login["cookies"]) == ["__Host-csrf", "__Host-device", "__Host-messages", "__Host-session"]


@pytest.mark.parametrize("name", ["__Host-csrf", "__Host-device", "__Host-messages", "__Host-session"])
def test_a_cookie_is_out_of_reach(login, name):
    cookie = login["cookies"][name]

    assert {flag: cookie[flag] for flag in ("secure", "httponly", "samesite", "path", "domain")} == {
        "secure": True,
        "httponly": True,
        "samesite": "Lax",
        "path": "/",
        "domain": "",
    }


def test_browsers_are_to_come_back_by_https_only(login):
    assert login["headers"]["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"
