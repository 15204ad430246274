"""Reauthentication, required before email addresses, second factors or sessions are changed."""

from django.urls import reverse

from tests.factories import PASSWORD


def say_again(client):
    """Reauthenticate a signed-in client; valid for five minutes."""
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
