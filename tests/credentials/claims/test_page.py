"""The page to claim a record on, and what My Account says of a claim."""

import pytest
from django.urls import reverse

from accounts.models import Correspondence
from credentials import actions
from tests.credentials.claims.claiming import claim
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def send(client, **changed):
    said = {"certificate_number": "700101", "last_name": "Okafor", "birth_month": "4", **changed}
    return client.post(reverse("credentials:claim"), said, follow=True)


def test_page_leads_to_the_credentials(client, credential):
    client.force_login(UserFactory())

    assert "Your record is linked." in send(client).content.decode()


def test_page_keeps_what_was_typed(client, credential):
    client.force_login(UserFactory())

    answer = send(client, birth_month="5")

    assert answer.status_code == 422
    assert "No record matches" in answer.content.decode() and 'value="Okafor"' in answer.content.decode()


@pytest.mark.parametrize("text", ["x" * 100_000, "a\x00b", "\u202eabc", "👩‍🔬", "%s", "' OR 1=1 --"])
def test_page_takes_hostile_words_calmly(client, credential, text):
    client.force_login(UserFactory())

    assert send(client, last_name=text, certificate_number=text).status_code == 422


def test_dashboard_leads_to_the_page(client):
    client.force_login(UserFactory())

    assert reverse("credentials:claim") in client.get(reverse("account:dashboard")).content.decode()


@pytest.mark.parametrize(
    ("decide", "words", "may_claim"),
    [
        (None, "You claimed the record of certificate 700101", False),
        (actions.turn_down, "The Board has turned down your claim to the record of certificate 700101", True),
    ],
)
def test_my_account_says_what_becomes_of_a_claim(client, contested, registrar, now, decide, words, may_claim):
    _first, second, made = contested
    if decide:
        decide(claim=made, by=registrar, at=now, note="The passport is of somebody else.")
    client.force_login(second)

    shown = client.get(reverse("account:dashboard")).text

    assert (words in shown, reverse("credentials:claim") in shown, "passport" in shown) == (True, may_claim, False)


def test_who_can_not_claim_is_told_before_writing(client, contested):
    first, second, _made = contested
    told = []
    for user in (first, second):
        client.force_login(user)
        answer = client.get(reverse("credentials:claim"), follow=True)
        told.append((answer.redirect_chain[-1][0], [str(message) for message in answer.context["messages"]]))

    assert told == [
        (reverse("account:dashboard"), ["Your account is already linked to your record."]),
        (reverse("account:dashboard"), ["The Board is looking into your claim. My Account will show the outcome."]),
    ]


def test_my_account_says_that_a_link_was_undone(client, credential, registrar, now):
    user = UserFactory()
    actions.undo(claim=claim(user, now), by=registrar, at=now, note="It was a mistake.")
    client.force_login(user)

    assert (
        "The Board has undone the link between your account and the record"
        in client.get(reverse("account:dashboard")).text
    )


def test_whose_record_was_granted_to_somebody_else_reads_why_it_is_gone(client, contested, registrar, now):
    first, second, made = contested
    actions.grant(claim=made, by=registrar, at=now, note="The passport is theirs.", seen=first.pk)
    client.force_login(first)

    shown = client.get(reverse("account:dashboard")).text

    assert "linked the record of certificate 700101 to another account" in shown
    assert reverse("credentials:claim") in shown
    assert "credential yet" not in shown
    assert (second.email in shown, "passport" in shown) == (False, False)


def test_page_says_what_is_missing_in_its_own_words(client, credential):
    client.force_login(UserFactory())

    answer = client.post(reverse("credentials:claim"), {"birth_month": "13"})

    assert answer.context["form"].errors == {
        "certificate_number": ["Enter your certificate number."],
        "last_name": ["Enter your last name."],
        "birth_month": ["Choose your month of birth."],
    }


def test_the_browsers_language_is_kept_with_the_record_once_it_is_linked(client, credential):
    """At the last login there was no record yet to keep it with."""
    client.force_login(UserFactory())
    said = {"certificate_number": "700101", "last_name": "Okafor", "birth_month": "4"}

    client.post(reverse("credentials:claim"), said, headers={"Accept-Language": "es"})

    assert Correspondence.objects.get(holder=credential.holder).browser_language == "es"
