"""Saying once more who one is, as is asked for before a login's addresses, steps and sessions are changed."""

from django.urls import reverse

from tests.factories import PASSWORD


def say_again(client):
    """A client that is logged in; what it says holds for five minutes."""
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
