"""A form sent after the session has expired is not lost."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cmp_portal.lib.pending_forms import KEPT
from tests.factories import HolderUserFactory
from tests.fixtures import NOON

pytestmark = pytest.mark.django_db
FORM, WORDS = "education:credit_add", {"title": "Troponin & <b>more</b>", "provider_name": "Mercy"}
LATE = timedelta(hours=2)


@pytest.fixture
def user():
    return HolderUserFactory()


@pytest.fixture
def sends(client, user):
    """Sends a form two hours after the login."""
    with time_machine.travel(NOON, tick=False):
        client.force_login(user)
        client.get(reverse(FORM))

    def send(name=FORM, data=WORDS, by=client, **more):
        with time_machine.travel(NOON + LATE, tick=False):
            return by.post(reverse(name), data, headers={"Referer": "http://testserver/education/credits/"}, **more)

    return send


@pytest.fixture
def comes_back(client, user):
    """What stands where it was sent, after another login."""

    def open_page(name=FORM, who=user):
        with time_machine.travel(NOON + LATE, tick=False):
            client.force_login(who)
            return client.get(reverse(name)).content.decode()

    return open_page


def has_kept(client):
    """Whether a form is in its session, which is over by now."""
    with time_machine.travel(NOON + LATE, tick=False):
        return KEPT in client.session


def test_it_is_there_after_the_next_login(sends, comes_back):
    answer, page = sends(), comes_back()

    assert answer.url.startswith(reverse("account_login"))
    assert '<input type="hidden" name="title" value="Troponin &amp; &lt;b&gt;more&lt;/b&gt;">' in page
    assert f'action="{reverse(FORM)}"' in page
    assert 'href="http://testserver/education/credits/"' in page


def test_it_is_there_once(sends, comes_back):
    sends()

    assert ["Send it now" in comes_back() for _time in range(2)] == [True, False]


def test_it_is_there_where_nothing_can_be_opened(sends, comes_back):
    sends("accounts:dismiss_all", {"back": "alerts"})

    assert "Send it now" in comes_back("accounts:dismiss_all")


def test_nobody_else_sees_it(sends, comes_back, user):
    sends()

    assert "Troponin" not in comes_back(who=HolderUserFactory())
    assert "Troponin" not in comes_back(who=user)


def test_documents_are_said_to_be_gone(sends, comes_back):
    sends(data={**WORDS, "documents": SimpleUploadedFile("certificate.pdf", b"%PDF-1.4")})

    assert "Only the documents could not be kept" in comes_back()


def test_passwords_are_not_kept(sends, client):
    sends("account_change_password", {"oldpassword": "secret", "password1": "new", "password2": "new"})

    assert not has_kept(client)


@pytest.mark.parametrize(
    ("name", "is_kept"), [("decode", True), ("password", False), ("new_password", False), ("code", False)]
)
def test_no_form_with_a_secret_in_it_is_kept(sends, client, name, is_kept):
    sends(data={**WORDS, name: "123456"})

    assert has_kept(client) is is_kept


def test_what_another_site_sends_is_not_kept(sends, user):
    forged = Client(enforce_csrf_checks=True)
    with time_machine.travel(NOON, tick=False):
        forged.force_login(user)
        forged.get(reverse(FORM))

    assert sends(by=forged).status_code == 403
    assert not has_kept(forged)


def test_without_a_login_before_nothing_is_kept(client):
    client.post(reverse(FORM), WORDS)

    assert KEPT not in client.session
