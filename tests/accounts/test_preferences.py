from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts import queries
from accounts.enums import ALWAYS_MAILED, ONCE_SWITCHED_OFF, SUBJECTS, AlertKind, Channel
from accounts.models import Correspondence, Preference
from accounts.queries.preferences import GROUPS
from tests.factories import AlertFactory, CorrespondenceFactory, HolderUserFactory, PreferenceFactory, UserFactory

pytestmark = pytest.mark.django_db

PAGE = "/account/preferences/"


@pytest.fixture
def user(client):
    user = HolderUserFactory()
    client.force_login(user)
    return user


def said(user, **changed):
    """The form as it stands on the page, with these changes."""
    kept = {one.kind.value: one.channel.value for group in queries.preferences_of(user) for one in group.preferences}
    return {"time_zone": "", "language": "", **kept, **changed}


def test_every_kind_is_on_the_page_once_and_has_a_subject():
    kinds = [kind for _title, group in GROUPS for kind in group]

    assert sorted(kinds) == sorted(AlertKind)
    assert SUBJECTS.keys() == set(AlertKind)


def test_without_a_word_every_kind_is_mailed_at_once(user):
    channels = {one.channel for group in queries.preferences_of(user) for one in group.preferences}

    assert channels == {Channel.AT_ONCE}


def test_preferences_are_kept_and_the_usual_needs_no_row(client, user):
    answer = client.post(PAGE, said(user, credit_posted="never", expired="daily", time_zone="Pacific/Honolulu"))

    assert answer.status_code == 302
    assert dict(Preference.objects.values_list("kind", "channel")) == {"credit_posted": "never", "expired": "daily"}
    assert Correspondence.objects.get().time_zone == "Pacific/Honolulu"


def test_a_preference_can_be_taken_back(client, user):
    PreferenceFactory(holder=user.holder, kind=AlertKind.RENEWED, channel=Channel.NEVER)

    client.post(PAGE, said(user, renewed="at_once"))

    assert not Preference.objects.exists()


def test_preferences_leave_the_address_that_refuses(client, user, now):
    CorrespondenceFactory(holder=user.holder, unreachable_email="gone@example.org", unreachable_at=now)

    client.post(PAGE, said(user, time_zone="Asia/Tokyo"))

    kept = Correspondence.objects.get()
    assert (kept.time_zone, kept.unreachable_email) == ("Asia/Tokyo", "gone@example.org")


@pytest.mark.parametrize("kind", sorted(ALWAYS_MAILED))
def test_some_mail_cannot_be_switched_off(client, user, kind):
    answer = client.post(PAGE, said(user) | {kind: "never"})

    # There is no field for the login's mail at all, so that what is sent for it says nothing.
    assert answer.status_code == (302 if kind == AlertKind.SECURITY else 422)
    assert not Preference.objects.exists()


@pytest.mark.parametrize("kind", sorted(ONCE_SWITCHED_OFF))
def test_what_could_be_switched_off_before_is_shown_as_mailed(client, user, kind):
    PreferenceFactory(holder=user.holder, kind=kind, channel=Channel.NEVER)

    assert said(user)[kind] == Channel.AT_ONCE
    assert client.post(PAGE, said(user)).status_code == 302
    assert not Preference.objects.exists()


@pytest.mark.parametrize("wrong", [{"renewed": "pigeon"}, {"time_zone": "Atlantis/Capital"}, {"language": "tlh"}])
def test_what_is_no_choice_is_refused_on_the_page(client, user, wrong):
    answer = client.post(PAGE, said(user, **wrong))

    assert answer.status_code == 422
    assert "Please correct the following" in answer.content.decode()


def test_the_page_says_why_some_mail_stays(client, user):
    page = client.get(PAGE).content.decode()

    assert page.count("Cannot be turned off.") == len(ALWAYS_MAILED) - 1
    assert "It protects your account" in page


def test_a_time_zone_that_is_not_in_the_list_is_kept(client, user):
    CorrespondenceFactory(holder=user.holder, time_zone="Asia/Pyongyang")

    assert client.post(PAGE, said(user, time_zone="Asia/Pyongyang")).status_code == 302


def test_languages_are_asked_for_where_there_are_several(client, user, settings):
    assert "Español" in client.get(PAGE).content.decode()

    settings.LANGUAGES = [("en", "English")]
    assert "id_language" not in client.get(PAGE).content.decode()


# --- The holder's language and clock on pages -------------------------------------------------------------------------


def test_moments_on_pages_are_the_holders(client, user):
    CorrespondenceFactory(holder=user.holder, time_zone="Pacific/Honolulu")
    AlertFactory(holder=user.holder, created_at=datetime(2026, 3, 11, 9, 30, tzinfo=UTC))

    assert "10 March 2026, 23:30 HST" in client.get(reverse("accounts:alerts")).content.decode()


def test_the_next_visitor_has_their_own_clock(client, user):
    CorrespondenceFactory(holder=user.holder, time_zone="Pacific/Honolulu")

    client.get("/account/")

    assert timezone.get_current_timezone_name() == "America/Chicago"


def test_pages_speak_the_holders_language(client, user):
    CorrespondenceFactory(holder=user.holder, language="es", time_zone="")

    with translation.override("en"):
        answer = client.get("/account/")

    assert answer["Content-Language"] == "es"
    assert '<html lang="es"' in answer.content.decode()


def test_a_language_the_site_no_longer_speaks_is_the_sites_own(client, user):
    CorrespondenceFactory(holder=user.holder, language="tlh", time_zone="")

    assert client.get("/account/")["Content-Language"] == "en"


@pytest.mark.parametrize("has_preferences", [False, True])
def test_preferences_cost_no_question_of_their_own(client, user, django_assert_num_queries, has_preferences):
    if has_preferences:
        CorrespondenceFactory(holder=user.holder)

    with django_assert_num_queries(3):  # session, user with holder and preferences, alerts
        client.get(reverse("accounts:alerts"))


def test_a_login_without_a_record_has_no_preferences_and_no_fault(client):
    client.force_login(UserFactory())

    assert client.get("/account/").status_code == 200
