"""Login: required factors, session rotation, ended sessions, and log entries."""

from pathlib import Path

import allauth
import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD, HolderUserFactory

pytestmark = pytest.mark.django_db
NEW = "twelve tubes of citrate"


@pytest.fixture
def user():
    return HolderUserFactory(email="mara.holder@example.org")


@pytest.fixture
def secret(user):
    """Of the user's second step."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def log_in(client, password=PASSWORD, **more):
    return client.post(reverse("account_login"), {"login": "mara.holder@example.org", "password": password, **more})


def is_in(client):
    return client.get(reverse("account:dashboard")).status_code == 200


def code_of(secret, *, before=0):
    """What an app shows now, or so many times thirty seconds ago."""
    now = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, now - before))


def refused(page, **typed):
    """What stands beside a form that was sent by somebody who is logged in."""
    client = Client()
    log_in(client)
    return client.post(reverse(page), typed).context["form"].errors


def second_step(code):
    """A browser that knows the password, and sends a code."""
    client = Client()
    log_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code})
    return is_in(client)


# --- Passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [PASSWORD.upper(), PASSWORD[:-1], f"{PASSWORD}x", f" {PASSWORD}", f"{PASSWORD} "])
def test_password_is_taken_as_it_is_typed(client, user, typed):
    log_in(client, typed)

    assert not is_in(client)


def test_the_end_of_a_long_password_counts(client, user):
    user.set_password("x" * 100 + "a")
    user.save()

    log_in(client, "x" * 100 + "b")
    assert not is_in(client)
    log_in(client, "x" * 100 + "a")
    assert is_in(client)


@pytest.mark.parametrize(("old", "changes"), [(PASSWORD, True), ("another password", False), ("", False)])
def test_password_is_changed_by_who_knows_it(client, user, old, changes):
    log_in(client)

    client.post(reverse("account_change_password"), {"oldpassword": old, "password1": NEW, "password2": NEW})

    user.refresh_from_db()
    assert user.check_password(NEW) == changes


@pytest.mark.parametrize("name", ["account_login", "account_signup"])
def test_password_is_masked_and_left_to_the_browsers_keeper(client, db, name):
    page = client.get(reverse(name)).content.decode()

    inputs = [one.partition(">")[0] for one in page.split("<input")[1:]]
    fields = [one for one in inputs if 'name="password' in one]
    assert fields
    assert [one for one in fields if 'type="password"' not in one or "maxlength" in one or "onpaste" in one] == []
    assert [one for one in fields if 'autocomplete="off"' in one] == []


# --- Second steps -----------------------------------------------------------------------------------------------------


def test_code_of_the_app_is_good_once(secret):
    code = code_of(secret)

    assert (second_step(code), second_step(code)) == (True, False)


def test_code_of_the_app_is_good_for_a_short_time(secret):
    """Thirty seconds: the one before is refused already, and the one after is still."""
    assert [second_step(code_of(secret, before=one)) for one in (2, 1, -2)] == [False, False, False]
    assert second_step(code_of(secret))


def test_recovery_code_is_good_once(user, secret):
    code, another = RecoveryCodes.activate(user).generate_codes()[:2]

    assert (second_step(code), second_step(code), second_step(another)) == (True, False, True)


def test_recovery_codes_are_long_and_of_chance(user, secret):
    codes = RecoveryCodes.activate(user).generate_codes()
    others = RecoveryCodes.activate(HolderUserFactory()).generate_codes()

    assert {len(code) for code in codes} == {8}
    assert len({*codes, *others}) == 20


def test_new_password_by_mail_is_no_way_round_the_second_step(client, secret, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": "mara.holder@example.org"})
    (link,) = [word for word in mailoutbox[0].body.split() if "/password/reset/key/" in word]
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})

    assert User.objects.get().check_password(NEW)
    assert not is_in(client)
    assert log_in(client, NEW)["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)


# --- Sessions ---------------------------------------------------------------------------------------------------------


def test_key_of_the_session_is_made_anew(client, user, settings):
    client.get(reverse("account_login"))
    client.session["planted"] = True
    client.cookies[settings.SESSION_COOKIE_NAME] = planted = "planted0key0of0somebody0else000"

    log_in(client)

    assert client.cookies[settings.SESSION_COOKIE_NAME].value not in {planted, ""}
    assert is_in(client)


def test_keys_of_sessions_are_long_and_of_chance(user, settings):
    keys = set()
    for _time in range(5):
        log_in(client := Client())
        keys.add(client.cookies[settings.SESSION_COOKIE_NAME].value)

    assert (len(keys), {len(key) for key in keys}) == (5, {32})


def test_what_was_logged_out_is_not_taken_up(client, user, settings):
    log_in(client)
    kept = client.cookies[settings.SESSION_COOKIE_NAME].value

    client.post(reverse("account_logout"))

    client.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert not is_in(client)


def test_login_that_is_switched_off_is_logged_out(client, user):
    log_in(client)
    assert is_in(client)

    User.objects.filter(pk=user.pk).update(is_active=False)

    assert not is_in(client)


@pytest.mark.parametrize("name", ["account:dashboard", "education:progress", "accounts:record", "account_email"])
def test_every_page_has_the_way_out(client, user, name):
    log_in(client)

    assert f'action="{reverse("account_logout")}"' in client.get(reverse(name)).content.decode()


# --- Where it leads, what it takes and what it leaves -----------------------------------------------------------------


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_logging_in_leads_to_no_stranger(client, user, to):
    assert log_in(client, next=to)["Location"] == reverse("account:dashboard")


def test_registering_takes_no_field_that_it_does_not_have(client, db):
    more = {"roles": "administrator", "is_active": "on", "holder": "1", "is_staff": "on", "has_long_password": ""}
    form = {"email": "new@example.org", "password1": NEW, "password2": NEW}

    client.post(reverse("account_signup"), {**form, **more})

    user = User.objects.get()
    assert (user.roles, user.holder, user.has_long_password) == ([], None, True)


def told(log_lines):
    return [
        {name: line[name] for name in ("event", "factor", "factors") if name in line}
        for line in log_lines()
        if line["event"].startswith("login")
    ]


def test_log_says_how_somebody_logged_in(client, secret, log_lines):
    log_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

    assert told(log_lines) == [{"event": "login", "factors": ["password", "mfa"]}]


@pytest.mark.parametrize("email", ["mara.holder@example.org", "nobody@example.org"])
def test_log_says_that_a_password_was_wrong_and_not_whose(client, user, log_lines, email):
    client.post(reverse("account_login"), {"login": email, "password": "another password"})

    assert told(log_lines) == [{"event": "login_refused", "factor": "password"}]
    assert [line for line in log_lines() if email in str(line) or "another password" in str(line)] == []


def test_log_says_that_a_code_was_wrong(client, secret, log_lines):
    log_in(client)
    client.post(reverse("mfa_authenticate"), {"code": "12345x"})

    assert told(log_lines) == [{"event": "login_refused", "factor": "code"}]


# --- What is wrong ----------------------------------------------------------------------------------------------------


def test_who_mistypes_reads_the_same_as_who_is_unknown(client, user):
    wrong = log_in(client, password="nine tubes of citrate").context["form"].errors
    unknown = client.post(reverse("account_login"), {"login": "nobody@example.org", "password": PASSWORD})

    assert wrong == unknown.context["form"].errors
    assert "Check both, or choose a new password" in str(wrong)


@pytest.mark.parametrize(
    ("page", "typed", "words"),
    [
        ("account_change_password", {"oldpassword": "x", "password1": NEW, "password2": NEW}, "your current password"),
        ("account_reauthenticate", {"password": "x"}, "This password is incorrect"),
        ("account_email", {"action_add": "", "email": "mara.holder@example.org"}, "already one of yours"),
    ],
)
def test_what_is_refused_says_what_to_do(user, page, typed, words):
    assert words in str(refused(page, **typed))


def test_too_many_tries_are_told_to_wait(client, user):
    for _time in range(6):
        answer = log_in(client, password="nine tubes of citrate")

    assert "Wait a few minutes" in str(answer.context["form"].errors)


# --- What is told -----------------------------------------------------------------------------------------------------


def test_page_after_a_login_has_nothing_to_tell(client, user):
    page = client.get(log_in(client).url)

    assert not list(page.context["messages"])
    assert page["ETag"]


def test_what_was_done_is_told_in_the_portals_words():
    stock, own = Path(allauth.__file__).parent / "templates", settings.BASE_DIR / "templates"
    folders = [stock / app / "messages" for app in ("account", "mfa", "usersessions")]
    files = [file.relative_to(stock) for folder in folders for file in folder.iterdir()]

    assert files
    assert [file for file in files if not file.name.startswith("phone_") and not (own / file).exists()] == []
