"""Staff login through the Board's identity provider, against a real one: who gets in, and with which roles."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.checks import run_checks
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.actions import Told, admit_staff
from accounts.enums import Role
from accounts.models import StaffIdentity, User
from cmp_portal.lib import clock
from tests.accounts.staff_login import EMAIL, a_provider, sign_in, who, words
from tests.factories import PASSWORD, HolderUserFactory, StaffIdentityFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    with a_provider(settings) as server:
        yield server


# --- Who gets in ------------------------------------------------------------------------------------------------------


def test_login_page_offers_the_provider(client, provider):
    assert "Staff: log in with Example Board" in words(client)


def test_whoever_has_a_role_there_gets_in_with_it(client, provider):
    assert sign_in(client)["Location"] == reverse("account:dashboard")

    user = who(client)
    assert (user.email, user.roles, user.has_usable_password()) == (EMAIL, [Role.REVIEWER], False)
    assert client.get(reverse("admin:index")).status_code == 200


def test_a_member_of_staff_keeps_their_login(client, provider):
    before = UserFactory(email=EMAIL, roles=[Role.ADMINISTRATOR])

    sign_in(client)

    assert (who(client), who(client).roles) == (before, [Role.REVIEWER])


def test_the_same_person_is_known_by_a_new_address(client, provider):
    sign_in(Client())
    provider.person["email"] = "rea.newname@example.org"

    sign_in(client)

    assert who(client).email == EMAIL
    assert User.objects.count() == 1


def test_roles_may_come_with_userinfo(client, provider):
    del provider.person["groups"]
    provider.userinfo = {"groups": "cmp-audit"}

    sign_in(client)

    assert who(client).roles == [Role.AUDITOR]


def test_roles_lost_there_are_lost_here(client, provider):
    sign_in(client)
    provider.person["groups"] = ["staff"]

    sign_in(Client())

    assert User.objects.get().roles == []
    assert client.get(reverse("admin:index")).status_code == 403


def test_session_ends_when_the_provider_is_to_be_asked_again(client, provider, settings):
    settings.OIDC_SESSION_SECONDS = 3600
    begun = clock.now()
    sign_in(client)

    def page_after(minutes):
        with time_machine.travel(begun + timedelta(minutes=minutes), tick=False):
            return client.get(reverse("admin:index")).status_code

    assert [page_after(minutes) for minutes in (20, 40, 59, 61)] == [200, 200, 200, 302]


def test_password_and_passkey_are_no_way_round_the_provider(client, provider):
    UserFactory(email=EMAIL, roles=[Role.REVIEWER])
    sign_in(Client())

    client.post(reverse("account_login"), {"login": EMAIL, "password": PASSWORD})

    assert who(client) is None
    assert "Please log in with Example Board." in words(client)


def test_without_the_provider_the_password_counts_again(client, provider, settings):
    UserFactory(email=EMAIL, roles=[Role.REVIEWER])
    sign_in(Client())
    settings.OIDC_ISSUER = ""

    client.post(reverse("account_login"), {"login": EMAIL, "password": PASSWORD})

    assert who(client).email == EMAIL


# --- Who does not -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("groups", [["staff"], [], "", None, 7, {"cmp-reviewers": True}], ids=str)
def test_whoever_has_no_role_stays_outside(client, provider, groups):
    provider.person["groups"] = groups

    sign_in(client)

    assert (who(client), User.objects.count()) == (None, 0)
    assert "not given you a role here" in words(client)


@pytest.mark.parametrize("verified", [False, None, "true", 1], ids=str)
def test_an_address_that_is_not_verified_proves_nothing(client, provider, verified):
    provider.person["email_verified"] = verified

    sign_in(client)

    assert (who(client), User.objects.count()) == (None, 0)


def test_a_holders_login_is_never_touched(client, provider):
    holder = HolderUserFactory(email=EMAIL)

    sign_in(client)

    holder.refresh_from_db()
    assert (who(client), holder.roles, StaffIdentity.objects.count()) == (None, [], 0)


def test_a_login_without_a_role_is_never_touched(client, provider):
    UserFactory(email=EMAIL.upper())

    sign_in(client)

    assert (who(client), StaffIdentity.objects.count()) == (None, 0)


def test_an_address_that_another_login_has_confirmed_is_not_theirs(client, provider):
    EmailAddress.objects.create(user=UserFactory(), email=EMAIL, verified=True)

    sign_in(client)

    assert (who(client), StaffIdentity.objects.count()) == (None, 0)
    assert "already has an account here" in words(client)


@pytest.mark.django_db(transaction=True)
def test_first_logins_of_one_person_at_once(provider, now, in_thread, until_blocked):
    told = Told(provider.issuer, "1234", EMAIL, is_email_verified=True, roles=[Role.REVIEWER])

    with transaction.atomic():
        first = admit_staff(told=told, at=now)
        second = in_thread(lambda: admit_staff(told=told, at=now))
        until_blocked()

    assert second.result() == first


def test_a_holder_who_is_staff_too_is_for_the_administrator(client, provider):
    HolderUserFactory(email=EMAIL, roles=[Role.REVIEWER])

    sign_in(client)

    assert who(client) is None


def test_another_person_does_not_inherit_an_address(client, provider):
    StaffIdentityFactory(user__email=EMAIL, issuer=provider.issuer, subject="9999")

    sign_in(client)

    assert who(client) is None


def test_who_is_switched_off_stays_outside(client, provider):
    UserFactory(email=EMAIL, roles=[Role.REVIEWER], is_active=False)

    sign_in(client)

    assert who(client) is None


# --- The second factor ------------------------------------------------------------------------------------------------


@pytest.fixture
def strict(settings):
    settings.STAFF_SECOND_FACTOR = True
    settings.OIDC_SECOND_FACTOR = ["mfa", "https://example.org/two"]


@pytest.mark.parametrize("said", [{"amr": ["pwd", "mfa"]}, {"acr": "https://example.org/two"}], ids=str)
def test_second_factor_of_the_provider_counts_if_it_says_so(client, provider, strict, said):
    provider.token = said

    sign_in(client)

    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize("said", [{}, {"amr": ["pwd"]}, {"amr": "mfa"}, {"acr": "1"}, {"acr": None}], ids=str)
def test_without_it_ours_is_set_up_first(client, provider, strict, said):
    provider.token = said

    sign_in(client)

    assert client.get(reverse("admin:index"))["Location"] == reverse("mfa_index")


def test_without_it_ours_is_asked_for(client, provider, strict):
    TOTP.activate(UserFactory(email=EMAIL, roles=[Role.REVIEWER]), generate_totp_secret())

    assert sign_in(client)["Location"] == reverse("mfa_authenticate")
    assert who(client) is None


def test_with_it_ours_is_not_asked_for(client, provider, strict):
    TOTP.activate(UserFactory(email=EMAIL, roles=[Role.REVIEWER]), generate_totp_secret())
    provider.token = {"amr": ["mfa"]}

    assert sign_in(client)["Location"] == reverse("account:dashboard")


def test_second_factor_of_one_session_is_not_that_of_another(client, provider, strict):
    provider.token = {"amr": ["mfa"]}
    sign_in(Client())
    provider.token = {}

    sign_in(client)

    assert client.get(reverse("admin:index"))["Location"] == reverse("mfa_index")


# --- Settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["holder", "provider", "pilot"])
def test_provider_may_make_staff_only(settings, role):
    settings.OIDC_ROLES = {"group": role}

    assert [problem.id for problem in run_checks() if problem.id == "accounts.E1"] == ["accounts.E1"]
