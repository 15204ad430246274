"""Neither texts, cookies nor the amount of work done reveal whether an account exists."""

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cmp_portal.lib.hashing import GentleArgon2PasswordHasher
from tests.factories import PASSWORD, HolderUserFactory, UserFactory
from tests.reauthentication import say_again

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN, WRONG = "amara@example.org", "nobody@example.org", "nine tubes of citrate"
HASHED = []


class CountingHasher(GentleArgon2PasswordHasher):
    """The hasher of production, which notes each time it works."""

    def encode(self, password, salt):
        HASHED.append("encode")
        return super().encode(password, salt)

    def verify(self, password, encoded):
        HASHED.append("verify")
        return super().verify(password, encoded)


@pytest.fixture(autouse=True)
def _as_in_production(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]


@pytest.fixture
def known():
    return HolderUserFactory(email=KNOWN)


def answer(path, client=None, **form):
    """All that can be told apart: status, where to, which cookies, and the page but for what was typed."""
    HASHED.clear()
    client = client or Client()
    found = client.post(path, form)
    cookies = {name: (morsel["path"], morsel["httponly"], morsel["max-age"]) for name, morsel in found.cookies.items()}
    return found.status_code, found.get("Location"), cookies, _plain(found.content.decode()), len(HASHED)


def _plain(page):
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    return page.replace(KNOWN, "…").replace(UNKNOWN, "…")


def test_unknown_address_and_wrong_password_are_one(known):
    path = reverse("account_login")

    with_wrong_password = answer(path, login=KNOWN, password=WRONG)

    assert answer(path, login=UNKNOWN, password=WRONG) == with_wrong_password
    assert with_wrong_password[-1] == 1


@pytest.mark.parametrize("state", ["inactive", "without a password", "unconfirmed", "staff"])
def test_no_state_of_an_account_shows_before_its_password(known, state):
    other = UserFactory(email="other@example.org", roles=["reviewer"] if state == "staff" else [])
    User.objects.filter(pk=other.pk).update(
        is_active=state != "inactive", **({"password": "!unusable"} if state == "without a password" else {})
    )
    if state == "unconfirmed":
        other.emailaddress_set.update(verified=False)
    path = reverse("account_login")

    found = answer(path, login="other@example.org", password=WRONG)
    expected = answer(path, login=UNKNOWN, password=WRONG)

    assert (found[:3], found[-1]) == (expected[:3], expected[-1])
    assert found[3].replace("other@example.org", "…") == expected[3]


def test_too_many_tries_are_too_many_for_an_unknown_address_too(known):
    path = reverse("account_login")

    with_known = [answer(path, login=KNOWN, password=WRONG) for _time in range(7)]
    cache.clear()
    with_unknown = [answer(path, login=UNKNOWN, password=WRONG) for _time in range(7)]

    assert with_known == with_unknown
    assert [hashed for *_words, hashed in with_known] == [1, 1, 1, 1, 1, 0, 0]


def test_registering_twice_looks_like_registering(known, mailoutbox):
    path = reverse("account_signup")

    new = answer(path, email=UNKNOWN, password1=WRONG, password2=WRONG)
    known = answer(path, email=KNOWN, password1=WRONG, password2=WRONG)

    assert known == new
    assert new[-1] == 1
    assert [mail.to for mail in mailoutbox] == [[UNKNOWN], [KNOWN]]


def test_page_after_registering_is_one(known):
    pages = []
    for email in (KNOWN, UNKNOWN):
        client = Client()
        client.post(reverse("account_signup"), {"email": email, "password1": WRONG, "password2": WRONG})
        found = client.get(reverse("account_email_verification_sent"))
        pages.append((found.status_code, _plain(found.content.decode())))

    assert pages[0] == pages[1]


def test_a_new_password_is_promised_to_everybody(known, mailoutbox):
    path = reverse("account_reset_password")

    assert answer(path, email=KNOWN) == answer(path, email=UNKNOWN)
    assert [mail.to for mail in mailoutbox] == [[KNOWN], [UNKNOWN]]


def test_adding_somebody_elses_address_looks_like_adding_one(known):
    pages = []
    for email in (KNOWN, UNKNOWN):
        client = Client()
        client.force_login(UserFactory(email=f"someone.{len(pages)}@example.org"))
        say_again(client)
        client.post(reverse("account_email"), {"email": email, "action_add": ""})
        page = _plain(client.get(reverse("account_email")).content.decode())
        pages.append(re.sub(r"someone\.\d", "someone", page))

    assert pages[0] == pages[1]


def test_a_second_step_is_asked_for_after_the_right_password_only(known):
    path = reverse("account_login")
    TOTP.activate(known, generate_totp_secret())

    assert answer(path, login=KNOWN, password=WRONG) == answer(path, login=UNKNOWN, password=WRONG)
    assert answer(path, login=KNOWN, password=PASSWORD)[1] == reverse("mfa_authenticate")
