import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory
from django.urls import reverse

from accounts.forms import CodeAgainForm, CodeForm, SignupForm
from accounts.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
SAID = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}


def test_a_sign_up_overtaken_by_its_twin_makes_no_second_user(rf: RequestFactory):
    form = SignupForm(SAID)
    assert form.is_valid()
    UserFactory(email="new@example.org")
    request = rf.post("/account/signup/", SAID)
    request.session = SessionStore()

    user, response = form.try_save(request)

    assert (user, response.url, User.objects.count()) == (None, "/account/confirm-email/", 1)


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_a_field_says_once_what_belongs_into_it(client, name):
    text = client.get(reverse(name)).content.decode()

    assert "Email address" in text
    assert "placeholder=" not in text


@pytest.mark.parametrize("form", [CodeForm, CodeAgainForm])
def test_a_code_is_typed_on_the_digits_of_a_phone(form):
    assert 'inputmode="numeric"' in str(form(user=UserFactory())["code"])


NO_PASSKEYS = {
    "nothing": "",
    "a number": "5",
    "thousands of digits": "9" * 5_000,
    "them further in": '{"id": ' + "9" * 5_000 + "}",
    "nested without end": "[" * 20_000,
    "a list": "[]",
    "an empty object": "{}",
    "no object inside": '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": 5}',
    "an empty one inside": '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {}}',
    "no base64": '{"id": "é", "rawId": 7, "type": "public-key", "response": {"clientDataJSON": "é"}}',
    "no JSON inside": '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {"clientDataJSON": "YQ",'
    ' "authenticatorData": "YQ", "signature": "YQ", "userHandle": "YQ"}}',
}


@pytest.mark.parametrize("sent", NO_PASSKEYS.values(), ids=NO_PASSKEYS)
@pytest.mark.parametrize("name", ["mfa_login_webauthn", "mfa_add_webauthn", "mfa_reauthenticate_webauthn"])
def test_what_is_no_passkey_is_refused(client, name, sent):
    user = UserFactory()
    if name != "mfa_login_webauthn":
        client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    if name == "mfa_reauthenticate_webauthn":
        Authenticator.objects.create(user=user, type="webauthn", data={"name": "Key", "credential": {}})
    before = Authenticator.objects.count()

    answer = client.post(reverse(name), {"credential": sent})

    assert (answer.status_code, answer.headers.get("Location")) in {(200, None), (302, reverse("account_login"))}
    assert Authenticator.objects.count() == before
