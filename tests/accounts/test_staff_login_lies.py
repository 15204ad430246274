"""Malicious identity providers and browsers gain no access and learn no secrets."""

import time

import pytest
from django.test import Client
from django.urls import reverse

from accounts import signing_in
from accounts.models import User
from tests.accounts.staff_login import a_provider, sent_back, sign_in, who, words
from tests.openid_server import CLIENT, SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    with a_provider(settings) as server:
        yield server


@pytest.mark.parametrize(
    "token",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": int(time.time()) - 600},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"sub": "another person than userinfo says"},
    ],
    ids="-".join,  # the values are of the moment, and each worker has its own
)
def test_token_that_is_wrong_is_refused(client, provider, token):
    provider.token = token

    assert sign_in(client)["Location"] == reverse("account_login")
    assert (who(client), User.objects.count()) == (None, 0)


@pytest.mark.parametrize(("kid", "algorithm"), [("unknown", "RS256"), ("known", "HS256"), ("known", "none")])
def test_token_of_another_key_is_refused(client, provider, kid, algorithm):
    provider.kid, provider.algorithm = kid, algorithm

    sign_in(client)

    assert (who(client), User.objects.count()) == (None, 0)


def test_token_signed_by_another_key_of_the_same_name_is_refused(client, provider):
    provider.signer = "other"

    sign_in(client)

    assert (who(client), User.objects.count()) == (None, 0)


def test_provider_of_another_name_is_refused(client, provider):
    provider.configuration = {"issuer": "https://evil.example"}

    assert client.get(reverse("accounts:staff_login"))["Location"] == reverse("account_login")


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_provider_that_lacks_an_endpoint_is_told(client, provider, name):
    provider.configuration = {name: None}

    client.get(reverse("accounts:staff_login"))

    assert "Example Board could not log you in" in words(client)


def test_state_of_another_browser_is_refused(client, provider):
    theirs = sent_back(Client())
    client.get(reverse("accounts:staff_login"))

    sign_in(client, back=theirs)

    assert who(client) is None


def test_nobody_is_signed_in_who_did_not_ask(client, provider):
    sign_in(client, back=sent_back(Client()))

    assert who(client) is None


def test_a_way_back_is_good_once(client, provider):
    back = sent_back(client)
    sign_in(client, back=back)
    client.post(reverse("account_logout"))

    sign_in(client, back=back)

    assert who(client) is None


def test_refusal_by_the_provider_is_told(client, provider):
    client.get(reverse("accounts:staff_login"))

    client.get(reverse("accounts:staff_callback"), {"error": "access_denied"})

    assert "Example Board could not log you in" in words(client)


def test_provider_that_is_away_is_told(client, provider, settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:1"

    client.get(reverse("accounts:staff_login"))

    assert "Example Board could not log you in" in words(client)


def test_provider_without_https_is_refused_in_production(client, provider, settings):
    settings.PRODUCTION = True

    client.get(reverse("accounts:staff_login"))

    assert provider.seen == []


def test_secret_stands_nowhere(provider):
    assert SECRET not in repr(signing_in.provider())


def test_no_token_leaves_the_server(client, provider):
    provider.token = {"jti": "zyxmara"}

    answer = sign_in(client)

    seen = f"{dict(client.session)} {client.cookies.output()} {dict(answer.headers)}"
    page = client.get(reverse("account:dashboard")).content.decode()
    assert who(client) is not None
    assert [one for one in ("id_token", "access_token", "zyxmara", "eyJ", SECRET) if one in seen + page] == []
