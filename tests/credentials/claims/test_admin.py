import pytest
from django.urls import reverse

from accounts.enums import Role
from credentials.enums import ClaimState
from credentials.models import Claim
from tests.factories import ClaimFactory, HolderFactory, HolderUserFactory, UserFactory
from tests.pages import words_of

pytestmark = pytest.mark.django_db
LIST = "admin:credentials_claim_changelist"


@pytest.fixture
def contested(now):
    holder = HolderFactory()
    HolderUserFactory(holder=holder)
    return ClaimFactory(state=ClaimState.CONTESTED, holder=holder)


def page_of(claim):
    return reverse("admin:credentials_claim_change", args=[claim.pk])


def granting(claim):
    """The decision to grant a claim as the page of now names it: with the account that loses the record."""
    return f"grant_from_{claim.holder.user.pk}"


def decide(client, claim, decision=None, note="Saw the passport."):
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))
    return client.post(page_of(claim), {"decision": decision or granting(claim), "note": note})


def test_registrar_sees_who_claims_and_who_has_the_record(client, contested):
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    page = client.get(page_of(contested)).content.decode()

    assert contested.user.email in page and contested.holder.user.email in page


def test_registrar_sees_the_other_claims_to_the_record(client, contested):
    earlier = ClaimFactory(state=ClaimState.TURNED_DOWN, holder=contested.holder, note="Could not be reached.")
    ClaimFactory(state=ClaimState.LINKED, holder=HolderFactory(), note="About another record.")
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    page = client.get(page_of(contested)).content.decode()

    assert earlier.user.email in page and "Could not be reached." in page
    assert "About another record." not in page


def test_registrar_is_told_who_reads_the_reason(client, contested):
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    assert "Only staff can read the reason." in client.get(page_of(contested)).content.decode()


def test_registrar_decides(client, contested):
    answer = decide(client, contested)

    contested.refresh_from_db()
    assert (answer.status_code, contested.state) == (302, ClaimState.LINKED)
    assert contested.holder.user == contested.user


@pytest.mark.parametrize(
    ("state", "decision", "told"),
    [
        (ClaimState.CONTESTED, "grant", "The record with certificate {number} is linked to {login}."),
        (
            ClaimState.CONTESTED,
            "turn_down",
            "The claim by {login} was turned down. The record with certificate {number} stays where it is.",
        ),
        (ClaimState.LINKED, "undo", "The record with certificate {number} is no longer linked to {login}."),
    ],
)
def test_decided_twice_is_decided_once_and_answered_twice(client, state, decision, told):
    owner = HolderUserFactory()
    claim = ClaimFactory(user=owner if decision == "undo" else UserFactory(), state=state, holder=owner.holder)
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    said = {"decision": granting(claim) if decision == "grant" else decision, "note": "Seen. "}
    answers = [client.post(page_of(claim), said, follow=True) for _time in range(2)]

    claim.refresh_from_db()
    assert [answer.redirect_chain for answer in answers] == [[(reverse(LIST), 302)]] * 2
    assert [words_of(answer) for answer in answers] == [
        [told.format(number=claim.certificate_number, login=claim.user.email)]
    ] * 2
    assert Claim.pgh_event_model.objects.filter(pgh_obj=claim, pgh_label="update").count() == 1


@pytest.mark.parametrize(("decision", "note"), [("grant", "Another reason."), ("turn_down", "Saw the passport.")])
def test_another_decision_is_refused(client, contested, decision, note):
    said = {"decision": granting(contested) if decision == "grant" else decision, "note": note}
    decide(client, contested)

    assert client.post(page_of(contested), said).status_code == 422


def test_page_that_shows_another_account_linked_decides_nothing(client, contested):
    later = ClaimFactory(state=ClaimState.CONTESTED, holder=contested.holder)
    opened = granting(later)
    decide(client, contested)

    answer = decide(client, later, decision=opened)

    contested.refresh_from_db()
    assert answer.status_code == 422
    assert answer.context["form"]["note"].value() == "Saw the passport."
    assert contested.holder.user == contested.user


def test_colleague_who_decides_the_same_is_told(client, contested):
    decide(client, contested)

    assert decide(client, contested).status_code == 422


def test_decision_without_a_reason_is_refused(client, contested):
    answer = decide(client, contested, note="  ")

    contested.refresh_from_db()
    assert (answer.status_code, contested.state) == (422, ClaimState.CONTESTED)


def test_decision_that_is_not_possible_is_refused(client, contested):
    assert decide(client, contested, decision="undo").status_code == 422


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_of_the_board_only_look(client, contested, role):
    client.force_login(UserFactory(roles=[role]))

    answer = client.post(page_of(contested), {"decision": granting(contested), "note": "Let me."})

    contested.refresh_from_db()
    assert (answer.status_code, contested.state) == (403, ClaimState.CONTESTED)
    assert "review-form" not in client.get(page_of(contested)).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_queue_asks_as_many_questions_whatever_its_length(client, contested, django_assert_num_queries, count):
    for _number in range(count - 1):
        ClaimFactory()
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    with django_assert_num_queries(4):
        client.get(reverse(LIST))


def test_contested_claims_come_first(client, contested):
    ClaimFactory(made_at=contested.made_at.replace(year=2020))
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    rows = client.get(reverse(LIST)).context["cl"].result_list

    assert rows[0] == contested
