import hashlib

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.password_validation import validate_password
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.adapters import MFAAdapter
from accounts.enums import Role
from accounts.models import User
from tests.factories import PASSWORD, HolderUserFactory, UserFactory

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


def digest(password):
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@pytest.fixture
def stolen(settings, tmp_path):
    (tmp_path / "stolen").write_text("".join(f"{one}:7\n" for one in sorted([digest(GOOD), digest("another")])))
    settings.BREACHED_PASSWORDS = str(tmp_path / "stolen")


def test_what_was_stolen_elsewhere_is_refused(stolen):
    assert (refusals(GOOD), refusals(f"{GOOD} too")) == (["password_breached"], [])


def test_who_registers_is_told_so(client, stolen):
    answer = client.post(reverse("account_signup"), {"email": "a@example.org", "password1": GOOD, "password2": GOOD})

    assert "was once stolen from another site" in answer.content.decode()
    assert not User.objects.exists()


def test_who_changes_a_password_is_told_so(client, stolen):
    client.force_login(user := HolderUserFactory())

    form = {"oldpassword": PASSWORD, "password1": GOOD, "password2": GOOD}
    answer = client.post(reverse("account_change_password"), form)

    user.refresh_from_db()
    assert "was once stolen from another site" in answer.content.decode()
    assert user.check_password(PASSWORD)


def test_list_that_cannot_be_read_is_told_at_the_start(settings):
    settings.BREACHED_PASSWORDS = "/nowhere"

    assert [error.id for error in run_checks() if error.id == "accounts.E2"] == ["accounts.E2"]


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


def test_what_its_pages_ask_by_themselves_does_not_send_staff_there_again(client, reviewer):
    assert client.get(reverse("lasting")).status_code == 200

    assert "Set up a second factor first" not in client.get(reverse("mfa_index")).content.decode()


def test_staff_with_two_factors_gets_in(client, reviewer):
    with_second_factor(reviewer)

    assert client.get(reverse("admin:index")).status_code == 200


def test_holders_may_have_one_factor(client, settings):
    settings.STAFF_SECOND_FACTOR = True
    client.force_login(HolderUserFactory())

    assert client.get(reverse("account:dashboard")).status_code == 200


@pytest.mark.parametrize("name", ["account:dashboard", "education:progress", "accounts:record"])
def test_holders_with_one_factor_are_led_to_the_second_where_the_board_asks_for_it(client, settings, name):
    settings.HOLDER_SECOND_FACTOR = True
    user = HolderUserFactory()
    client.force_login(user)

    led = client.get(reverse(name))
    page = client.get(led["Location"])
    assert (page.status_code, led["Location"]) == (200, reverse("mfa_index"))
    assert "Set up two-step login first. The Board requires it of everyone." in page.content.decode()

    with_second_factor(user)
    assert client.get(reverse(name)).status_code == 200


def test_staff_may_have_one_factor_where_only_holders_need_two(client, reviewer, settings):
    settings.STAFF_SECOND_FACTOR, settings.HOLDER_SECOND_FACTOR = False, True

    assert client.get(reverse("admin:index")).status_code == 200


def test_demo_asks_nobody_for_a_second_factor(client, reviewer, settings):
    settings.STAFF_SECOND_FACTOR = False

    assert client.get(reverse("admin:index")).status_code == 200
