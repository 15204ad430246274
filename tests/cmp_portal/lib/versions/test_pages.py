"""What changes a page's version, and what doesn't."""

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Correspondence, User
from cmp_portal.lib import versions
from credentials.models import Credential, Subject
from tests.factories import (
    AlertFactory,
    CreditFactory,
    HolderUserFactory,
    UserFactory,
)

PAGES = ["account:dashboard", "education:progress"]


@pytest.mark.parametrize("page", PAGES)
def test_unchanged_page_is_not_sent_again(visit, page):
    first = visit(page)

    again = visit(page)

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    # With "*", browsers also ask behind the back button.
    assert (again["Cache-Control"], again["Vary"]) == ("private, no-cache", "*")


@pytest.mark.parametrize("page", PAGES)
def test_page_with_news_is_sent(visit, user, page):
    visit(page)
    CreditFactory(holder=user.holder, subjects=["chemistry"])
    AlertFactory(holder=user.holder)

    assert visit(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_page_of_another_holder_changes_nothing(visit, page):
    stranger = HolderUserFactory()
    visit(page)  # what the factories add to the reference data is everybody's
    AlertFactory(holder=stranger.holder)

    assert visit(page).status_code == 304


def test_the_next_day_is_another_page(visit, user, now, settings):
    settings.SESSION_IDLE_SECONDS = settings.SESSION_COOKIE_AGE = 3 * 24 * 60 * 60
    visit.client.force_login(user)
    visit()
    with time_machine.travel(now.replace(day=11), tick=False):
        assert visit().status_code == 200


def test_other_language_is_another_page(visit, settings):
    settings.LANGUAGES = [("en", "English"), ("es", "Spanish")]
    visit()

    assert visit(**{"Accept-Language": "es"}).status_code == 200


def test_other_settings_are_another_page(visit, settings):
    visit()
    versions.release.cache_clear()
    settings.BOARD_NAME = "Another Board"

    assert visit().status_code == 200


def test_changed_file_is_another_release(tmp_path, settings):
    (tmp_path / "templates").mkdir()
    page = tmp_path / "templates" / "page.html"
    settings.BASE_DIR = tmp_path
    releases = set()
    for text in ("one", "two"):
        page.write_text(text)
        versions.release.cache_clear()
        releases.add(versions.release())

    assert len(releases) == 2


def test_page_with_a_message_has_no_version(visit, user):
    alert = AlertFactory(holder=user.holder)
    visit()
    visit.client.post(reverse("accounts:dismiss_alert", args=[alert.pk]))
    credential = Credential.objects.get(holder=user.holder)
    visit.client.get(f"{reverse('declarations:start')}?credential={credential.pk}")

    answer = visit()

    assert list(get_messages(answer.wsgi_request))
    assert "ETag" not in answer


def test_whoever_has_no_record_gets_the_page_in_full(client, transactional_db):
    client.force_login(UserFactory())

    answer = client.get(reverse("account:dashboard"))

    assert (answer.status_code, "ETag" in answer) == (200, False)


def test_after_another_sign_in_the_page_is_another_one(visit, user):
    visit()
    visit.client.force_login(user)

    assert visit().status_code == 200


def test_version_says_nothing_about_the_holder(visit, user):
    version = visit()["ETag"].strip('"')

    assert len(version) == 32
    assert int(version, 16)


def test_new_subject_reaches_the_pages(visit):
    visit("education:progress")
    Subject.objects.create(code="toxicology", title="Toxicology", position=99)

    assert visit("education:progress").status_code == 200


def test_role_that_was_given_is_another_page(visit, user):
    visit()
    User.objects.filter(pk=user.pk).update(roles=[Role.REVIEWER])

    assert visit().status_code == 200


def test_record_that_was_taken_away_leaves_no_version(visit, user):
    visit("education:progress")
    User.objects.filter(pk=user.pk).update(holder=None)

    assert visit("education:progress").status_code == 403


def test_second_factor_that_is_missing_now_is_asked_for(visit, user, settings):
    settings.STAFF_SECOND_FACTOR = True
    versions.release.cache_clear()
    User.objects.filter(pk=user.pk).update(roles=[Role.REVIEWER])
    factor = Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    visit()
    unchanged = visit().status_code
    factor.delete()

    assert (unchanged, visit().headers["Location"]) == (304, reverse("mfa_index"))


def test_language_asked_for_is_another_page(visit, user, settings):
    settings.LANGUAGES = [("en", "English"), ("es", "Spanish")]
    visit()
    Correspondence.objects.update_or_create(holder=user.holder, defaults={"language": "es"})
    answer = visit()

    assert (answer.status_code, answer["Content-Language"]) == (200, "es")
