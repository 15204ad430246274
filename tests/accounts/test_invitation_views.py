import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from accounts import actions, queries
from accounts.enums import Role
from accounts.models import Correspondence, Letter, User
from tests.factories import PASSWORD, HolderFactory, HolderUserFactory, LetterFactory, UserFactory

pytestmark = pytest.mark.django_db
CHOSEN = {"new_password1": PASSWORD, "new_password2": PASSWORD}


@pytest.fixture
def letter(now):
    return LetterFactory(sent=True, holder__first_name="Mara", holder__email="mara.holder@example.org")


@pytest.fixture
def link(letter):
    return queries.invitation_link(letter)


def test_opening_the_link_uses_nothing_up(client, letter, link):
    answer = client.get(link)

    letter.refresh_from_db()
    assert (answer.status_code, letter.accepted_at, User.objects.count()) == (200, None, 0)
    assert "Welcome, Mara" in answer.content.decode()


def test_choosing_a_password_leads_to_the_credentials(client, letter, link):
    answer = client.post(link, CHOSEN, follow=True)

    assert answer.redirect_chain[-1][0] == reverse("account:dashboard")
    assert "Welcome, Mara" in answer.content.decode()


def test_password_is_asked_for_in_the_words_of_the_other_forms(client, link):
    page = client.get(link).text

    assert [label.strip() for label in re.findall(r"<label[^>]*>(.*?)</label>", page, re.DOTALL)] == [
        "New password", "New password (again)",
    ]  # fmt: skip
    assert "as before" not in page


def test_link_is_not_kept_by_anybody_on_the_way(client, link):
    assert "no-store" in client.get(link).headers["Cache-Control"]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"new_password1": "short", "new_password2": "short"}, "Use at least 15"),
        ({"new_password1": PASSWORD, "new_password2": PASSWORD + "x"}, "didn’t match"),
        ({"new_password1": "mara.holder@example.org", "new_password2": "mara.holder@example.org"}, "too similar"),
        ({}, "required"),
    ],
)
def test_password_that_will_not_do_is_said_so(client, link, chosen, said):
    answer = client.post(link, chosen)

    assert (answer.status_code, User.objects.count()) == (422, 0)
    assert said in answer.content.decode()


def over(client, link):
    answer = client.get(link)
    return answer.status_code, re.search(r"<h1>(.*?)</h1>", answer.content.decode())[1]


def test_used_link_says_so(client, letter, link):
    actions.accept(letter=letter, password=PASSWORD, at=letter.written_at)

    assert over(client, link) == (410, "This link has already been used")
    assert reverse("account_login") in client.get(link).content.decode()


def test_old_link_says_so(client, letter, link):
    with time_machine.travel(letter.written_at + timedelta(days=15), tick=False):
        assert over(client, link) == (410, "This link has expired")
        assert reverse("account_reset_password") in client.get(link).content.decode()


def test_link_to_a_former_address_says_so(client, letter, link):
    type(letter.holder).objects.update(email="other@example.org")

    assert over(client, link) == (410, "This link no longer matches your record")


def test_link_to_a_record_with_a_login_says_so(client, letter, link):
    HolderUserFactory(holder=letter.holder)

    assert over(client, link) == (410, "You already have an account")


def test_address_with_a_login_leads_to_it_and_back(client, link):
    UserFactory(email="mara.holder@example.org")

    answer = client.post(link, CHOSEN)

    assert answer.status_code == 410
    assert f"{reverse('account_login')}?next={link}" in answer.content.decode()


@pytest.mark.parametrize("token", ["x", "a" * 500, "%00", "0" * 32 + ":abc", "%E2%80%AE"])
def test_what_is_no_link_of_ours_says_so(client, now, token):
    assert over(client, f"/account/invitation/{token}/") == (404, "This is not one of our links")


def test_link_signed_for_something_else_opens_nothing(client, letter):
    from cmp_portal.lib.tokens import token_of

    other = token_of(letter.uuid, purpose="accounts.other")

    assert over(client, reverse("accounts:invitation", args=[other])) == (404, "This is not one of our links")


def test_who_is_logged_in_links_the_record_to_that_login(client, letter, link):
    user = UserFactory()
    client.force_login(user)

    page, answer = client.get(link).content.decode(), client.post(link)

    user.refresh_from_db()
    assert user.email in page and "new_password1" not in page
    assert (answer.status_code, user.holder) == (302, letter.holder)


def test_login_with_another_record_is_told_to_log_out(client, link):
    client.force_login(HolderUserFactory())

    assert over(client, link) == (410, "Your account is linked to another record")
    assert client.post(link).status_code == 410


# --- Asking for it at the log-in --------------------------------------------------------------------------------------


def ask(client, email):
    return client.post(reverse("account_reset_password"), {"email": email})


def test_forgotten_password_at_the_address_on_file_is_an_invitation(client, now):
    holder = HolderFactory(email="mara.holder@example.org")

    ask(client, "mara.holder@example.org")

    assert [letter.holder for letter in Letter.objects.all()] == [holder]
    assert mail.outbox == []


def test_forgotten_password_looks_the_same_for_everybody(client, now):
    HolderFactory(email="mara.holder@example.org")
    UserFactory(email="known@example.org")

    answers = [ask(client, email) for email in ("mara.holder@example.org", "known@example.org", "no@example.org")]

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/account/password/reset/done/")}


# --- The registrar ----------------------------------------------------------------------------------------------------


def choose(client, *holders, role=Role.REGISTRAR):
    client.force_login(UserFactory(roles=[role]))
    chosen = {"action": "invite", "_selected_action": [holder.pk for holder in holders]}
    return client.post(reverse("admin:accounts_holder_changelist"), chosen, follow=True)


def test_registrar_invites_some(client, now):
    with_login = HolderUserFactory().holder

    page = choose(client, HolderFactory(), HolderFactory(), with_login).content.decode()

    assert "2 invitations are on their way." in page and "Skipped: 1" in page
    assert Letter.objects.filter(written_by__roles=[Role.REGISTRAR]).count() == 2


def test_registrar_invites_nobody_twice(client, now):
    holder = HolderFactory()

    choose(client, holder)
    page = choose(client, holder).content.decode()

    assert "0 invitations" in page and Letter.objects.count() == 1


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_of_the_board_invite_nobody(client, now, role):
    choose(client, HolderFactory(), role=role)

    assert Letter.objects.count() == 0


def test_too_many_at_once_are_for_the_command(client, now, monkeypatch):
    monkeypatch.setattr("accounts.admin.holders.INVITED_AT_ONCE", 1)

    page = choose(client, HolderFactory(), HolderFactory()).content.decode()

    assert "invite_holders" in page and Letter.objects.count() == 0


def test_the_browsers_language_is_kept_with_the_record_once_it_is_linked(client, letter, link):
    """At the last login there was no record yet to keep it with."""
    client.force_login(UserFactory())

    client.post(link, headers={"Accept-Language": "es"})

    assert Correspondence.objects.get(holder=letter.holder).browser_language == "es"
