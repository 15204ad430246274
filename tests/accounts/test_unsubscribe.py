"""One-click unsubscribe in a mail client (RFC 8058), or a button on a page; neither needs a login."""

import pytest
from django.core import mail
from django.test import Client

from accounts import actions
from accounts.enums import ALWAYS_MAILED, AlertKind, Channel
from accounts.models import Preference
from accounts.queries import unsubscribe_path
from tests.factories import AlertFactory, DigestFactory, PreferenceFactory

pytestmark = pytest.mark.django_db

ONE_CLICK = "List-Unsubscribe=One-Click"


@pytest.fixture
def stranger():
    """A mail program: no session, no cookie, no token of a form."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def click(stranger):
    return lambda path: stranger.post(path, ONE_CLICK, content_type="application/x-www-form-urlencoded")


@pytest.fixture
def alert(now):
    return AlertFactory(kind=AlertKind.CREDIT_POSTED, holder__email="mara.holder@example.org")


def preferences():
    return set(Preference.objects.values_list("holder", "kind", "channel"))


def path_in_header():
    return mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")


def test_one_click_switches_the_kind_off_and_twice_changes_nothing(click, alert, now):
    actions.deliver(at=now)

    answers = [click(path_in_header()).status_code for _time in range(2)]

    assert answers == [200, 200]
    assert preferences() == {(alert.holder_id, "credit_posted", "never")}
    AlertFactory(kind=AlertKind.CREDIT_POSTED, holder=alert.holder)
    assert actions.deliver(at=now) == actions.Delivery(sent=0, skipped=1)


def test_looking_changes_nothing(stranger, alert):
    answer = stranger.get(unsubscribe_path(f"alert-{alert.pk}"))

    assert (answer.status_code, preferences()) == (200, set())
    assert "Provider credit posted" in answer.content.decode()


def test_the_address_and_its_page_name_nobody(stranger, alert):
    path = unsubscribe_path(f"alert-{alert.pk}")
    page = stranger.get(path).content.decode()

    assert path.startswith(f"/account/unsubscribe/alert-{alert.pk}.")
    assert not any(word in page for word in (alert.holder.last_name, alert.holder.email, alert.title))


@pytest.mark.parametrize(
    "change", [lambda path: path.replace("alert-", "alert-1"), lambda path: path[:-2] + "/", lambda path: path + "x/"]
)
def test_a_changed_address_is_not_found(stranger, alert, change):
    path = change(unsubscribe_path(f"alert-{alert.pk}"))

    assert stranger.get(path).status_code == stranger.post(path).status_code == 404


def test_a_signature_for_another_purpose_is_no_address(stranger, alert):
    from django.core.signing import Signer

    token = Signer(salt="accounts.device", sep=".").sign(f"alert-{alert.pk}")

    assert stranger.post(f"/account/unsubscribe/{token}/").status_code == 404


@pytest.mark.parametrize("kind", sorted(ALWAYS_MAILED))
def test_what_must_be_mailed_has_no_address(stranger, kind):
    alert = AlertFactory(kind=kind)

    assert stranger.post(unsubscribe_path(f"alert-{alert.pk}")).status_code == 404


def test_a_digest_goes_but_for_what_must_not_be_missed(click):
    digest = DigestFactory()
    for kind in (AlertKind.RENEWED, AlertKind.CREDIT_POSTED, AlertKind.EXPIRED):
        PreferenceFactory(holder=digest.holder, kind=kind, channel=Channel.DAILY)

    assert click(unsubscribe_path(f"digest-{digest.pk}")).status_code == 200

    assert {(kind, channel) for _holder, kind, channel in preferences()} == {
        ("renewed", "never"),
        ("credit_posted", "never"),
        ("expired", "daily"),
    }


@pytest.mark.parametrize("row", ["alert-1", "digest-1"])
def test_a_mail_that_is_no_more_is_not_found(stranger, row):
    assert stranger.post(unsubscribe_path(row)).status_code == 404


def test_the_page_is_kept_by_no_cache(stranger, alert):
    assert "no-store" in stranger.get(unsubscribe_path(f"alert-{alert.pk}"))["Cache-Control"]
