"""Resubmission of an account form by a double click."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Alert
from cmp_portal.lib.resubmissions import REMEMBERED
from tests.factories import PASSWORD, HolderUserFactory

pytestmark = pytest.mark.django_db
NEW = "four-quiet-lamps-at-noon"


@pytest.fixture
def user():
    return HolderUserFactory()


@pytest.fixture
def browser(user):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    return browser


@pytest.fixture
def form(browser):
    """The page to change the password, filled in."""
    return {**token_of(browser), "oldpassword": PASSWORD, "password1": NEW, "password2": NEW}


def token_of(browser):
    return {"csrfmiddlewaretoken": str(browser.get(reverse("account_change_password")).context["csrf_token"])}


def as_before(browser):
    """The browser with the cookies of now, which has not heard what comes next."""
    other = Client(enforce_csrf_checks=True)
    for name, morsel in browser.cookies.items():
        other.cookies[name] = morsel.value
    return other


def change(browser, form):
    return browser.post(reverse("account_change_password"), form)


def is_in(browser):
    return browser.get(reverse("account:dashboard")).status_code == 200


def seen(answer):
    return answer.status_code, answer["Location"], {name: morsel.value for name, morsel in answer.cookies.items()}


def test_second_answer_is_the_first_with_its_session(browser, form, user):
    again = as_before(browser)
    first, second = change(browser, form), change(again, form)

    assert seen(second) == seen(first)
    assert (is_in(browser), is_in(again)) == (True, True)


def test_holder_is_told_once(browser, form, user):
    again = as_before(browser)
    change(browser, form)
    change(again, form)

    assert Alert.objects.filter(holder=user.holder).count() == 1


def test_without_the_cache_it_is_done_once_and_the_old_session_is_over(browser, form, user):
    again = as_before(browser)
    change(browser, form)
    cache.clear()

    assert change(again, form)["Location"].startswith(reverse("account_login"))
    user.refresh_from_db()
    assert user.check_password(NEW)


@pytest.mark.parametrize("differs", ["password", "page", "browser"])
def test_another_form_has_an_answer_of_its_own(browser, form, user, differs):
    again, other = as_before(browser), dict(form)
    if differs == "password":
        other |= {"password1": f"{NEW}!", "password2": f"{NEW}!"}
    if differs == "page":
        other |= token_of(again)
    if differs == "browser":
        del again.cookies[settings.SESSION_COOKIE_NAME]
        again.force_login(user)
    change(browser, form)

    assert change(again, other)["Location"].startswith(reverse("account_login"))


def test_the_same_mistake_twice_is_two_mistakes(browser, form):
    wrong = form | {"oldpassword": "another one"}
    shown = [change(browser, wrong).context["form"].errors["oldpassword"] for _time in range(2)]

    assert shown[0] == shown[1]
    assert change(browser, form).status_code == 302


def test_what_is_gone_by_the_first_is_no_404_for_the_second(browser, user):
    """The second of two clicks finds no app any more."""
    TOTP.activate(user, generate_totp_secret())
    browser.post(reverse("account_reauthenticate"), {**token_of(browser), "password": PASSWORD})
    form, again = token_of(browser), as_before(browser)

    answers = [one.post(reverse("mfa_deactivate_totp"), form) for one in (browser, again)]

    assert [answer["Location"] for answer in answers] == [reverse("mfa_index")] * 2
    assert not Authenticator.objects.filter(user=user).exists()


def test_cache_tells_no_session_and_forgets(browser, form):
    change(browser, form)
    redis = cache._cache.get_client(None)
    (name,) = redis.keys("*:sent:*")
    kept, session = redis.get(name), browser.cookies[settings.SESSION_COOKIE_NAME].value

    assert session.encode() not in kept
    assert 0 < redis.ttl(name) <= REMEMBERED


def test_form_that_is_too_large_is_refused_as_ever(browser, form):
    answer = change(browser, form | {"more": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)})

    assert answer.status_code == 413


def test_other_forms_are_done_each_time(browser, user):
    form = token_of(browser)
    first = browser.post(reverse("calendar_forget"), form)
    second = browser.post(reverse("calendar_forget"), form)

    assert (first["Location"], second["Location"]) == (reverse("calendar_settings"),) * 2
    assert not cache._cache.get_client(None).keys("*:sent:*")
