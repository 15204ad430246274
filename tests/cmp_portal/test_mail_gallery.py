import pytest

from accounts.enums import AlertKind, Role
from tests.factories import HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db

KINDS = [*AlertKind.values, "digest"]


@pytest.fixture
def reviewer(client):
    client.force_login(UserFactory(roles=[Role.REVIEWER]))


def test_the_gallery_leads_to_every_mail(client, reviewer):
    page = client.get("/gallery/").content.decode()

    assert [kind for kind in KINDS if f'"/gallery/mail/{kind}.html"' not in page] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_is_shown_as_text_with_its_head_and_as_html(client, reviewer, kind):
    text, html = (client.get(f"/gallery/mail/{kind}.{form}") for form in ("txt", "html"))

    assert (text.status_code, html.status_code) == (200, 200)
    assert "Message-ID: " in text.content.decode()
    assert "</html>" in html.content.decode()


def test_the_policy_lets_the_mails_own_style_through_and_no_other(client, reviewer):
    policy = client.get("/gallery/mail/renewed.html")["Content-Security-Policy"]

    assert "style-src 'self' 'sha256-" in policy
    assert "unsafe-inline" not in policy


@pytest.mark.parametrize("path", ["gossip.html", "renewed.pdf"])
def test_there_are_no_other_mails(client, reviewer, path):
    assert client.get(f"/gallery/mail/{path}").status_code == 404


def test_holders_have_no_business_there(client):
    client.force_login(HolderUserFactory())

    assert client.get("/gallery/mail/renewed.html").status_code == 403
