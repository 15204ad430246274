"""Requests that can't be understood get a page that says so, not an error."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.factories import HolderUserFactory

pytestmark = pytest.mark.django_db
TOKEN = "t" * 32


@pytest.mark.parametrize("is_signed_in", [True, False])
@pytest.mark.parametrize("charset", ["utf-7", "latin-1"])
def test_form_in_an_encoding_that_no_form_has_is_a_bad_request(charset, is_signed_in):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    if is_signed_in:
        client.force_login(HolderUserFactory())
    client.cookies[settings.CSRF_COOKIE_NAME] = TOKEN

    answer = client.generic(
        "POST",
        reverse("account_login"),
        b"login=+ADw-",
        f"application/x-www-form-urlencoded; charset={charset}",
        HTTP_X_CSRFTOKEN=TOKEN,
    )

    assert answer.status_code == 400
    assert "<h1" in answer.content.decode()
