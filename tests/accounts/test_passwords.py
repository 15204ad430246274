import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.adapters import MFAAdapter
from accounts.enums import Role
from tests.factories import HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db

GOOD = "ten tubes of citrate"


def with_second_factor(user):
    TOTP.activate(user, generate_totp_secret())
    return user


def refusals(password, user=None):
    try:
        validate_password(password, user)
    except ValidationError as refusal:
        return [error.code for error in refusal.error_list]
    return []


@pytest.mark.parametrize(
    "password", [GOOD, "x" * 3 + "tubes of citrate", "ünïcödé is fine 漢字", "a" + "long sentence " * 20]
)
def test_long_password_of_any_characters_is_taken(password):
    assert refusals(password) == []


def test_short_password_needs_a_second_factor():
    user = HolderUserFactory()

    assert refusals("citrate7", user) == ["password_too_short"]
    assert refusals("citrate7", with_second_factor(user)) == []


def test_seven_characters_are_never_enough():
    assert refusals("citrate", with_second_factor(HolderUserFactory())) == ["password_too_short"]


@pytest.mark.parametrize(
    "password",
    ["passwordpassword", "Password-Password-2026", "board of certification", "CMP Portal 2026 ..", "ASCPASCPASCPASCP"],
)
def test_what_is_easy_to_guess_is_refused(password):
    assert refusals(password) == ["password_common"]


def test_own_address_is_no_password():
    user = UserFactory(email="mara.holder.of.records@example.org")

    assert refusals("mara.holder.of.records", user) == ["password_too_similar"]


@pytest.mark.parametrize(("password", "may_go"), [(GOOD, True), ("citrate7", False)])
def test_last_second_factor_stays_beside_a_short_password(password, may_go):
    user = with_second_factor(HolderUserFactory())
    user.set_password(password)
    user.save()
    factor = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)

    assert MFAAdapter().can_delete_authenticator(factor) is may_go


def test_recovery_codes_alone_are_no_second_factor():
    user = with_second_factor(UserFactory())
    user.set_password("citrate7")
    user.save()
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})
    factor = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)

    assert MFAAdapter().can_delete_authenticator(factor) is False


# --- The Board's staff ------------------------------------------------------------------------------------------------


@pytest.fixture
def reviewer(client, settings):
    settings.STAFF_SECOND_FACTOR = True
    user = UserFactory(roles=[Role.REVIEWER])
    client.force_login(user)
    return user


@pytest.mark.parametrize("name", ["admin:index", "account:dashboard", "education:progress"])
def test_staff_with_one_factor_is_led_to_the_second(client, reviewer, name):
    answer = client.get(reverse(name))

    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))


def test_staff_can_set_up_the_second_factor(client, reviewer):
    assert client.get(reverse("mfa_index")).status_code == 200


def test_staff_with_two_factors_gets_in(client, reviewer):
    with_second_factor(reviewer)

    assert client.get(reverse("admin:index")).status_code == 200


def test_holders_may_have_one_factor(client, settings):
    settings.STAFF_SECOND_FACTOR = True
    client.force_login(HolderUserFactory())

    assert client.get(reverse("account:dashboard")).status_code == 200


def test_demo_asks_nobody_for_a_second_factor(client, reviewer, settings):
    settings.STAFF_SECOND_FACTOR = False

    assert client.get(reverse("admin:index")).status_code == 200
