"""Sign in through the Board's identity provider, as a browser does."""

from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

from django.urls import reverse

from accounts.models import User
from tests.openid_server import CLIENT, SECRET, an_openid_server

EMAIL = "rea.viewer@example.org"


@contextmanager
def a_provider(settings):
    """An identity provider where a reviewer has an account, with the settings that point to it."""
    with an_openid_server() as server:
        server.person = {"sub": "1234", "email": EMAIL, "email_verified": True, "groups": ["staff", "cmp-reviewers"]}
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = server.issuer, CLIENT, SECRET
        settings.OIDC_NAME = "Example Board"
        settings.OIDC_ROLES = {"cmp-reviewers": "reviewer", "cmp-audit": "auditor"}
        yield server


class NoRedirect(HTTPRedirectHandler):
    def http_error_302(self, req, fp, code, msg, headers):
        return fp


def sent_back(client):
    """Follow the redirect to the identity provider and sign in there; returns the callback URL."""
    page = client.get(reverse("accounts:staff_login"))["Location"]
    return build_opener(NoRedirect).open(page).headers["Location"]


def sign_in(client, back=None):
    back = urlsplit(back or sent_back(client))
    return client.get(f"{back.path}?{back.query}")


def who(client):
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


def words(client):
    return " ".join(client.get(reverse("account_login")).content.decode().split())
