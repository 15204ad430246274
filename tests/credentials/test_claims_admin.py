import pytest
from django.urls import reverse

from accounts.enums import Role
from credentials.enums import ClaimState
from tests.factories import ClaimFactory, HolderFactory, HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "admin:credentials_claim_changelist"


@pytest.fixture
def contested(now):
    holder = HolderFactory()
    HolderUserFactory(holder=holder)
    return ClaimFactory(state=ClaimState.CONTESTED, holder=holder)


def page_of(claim):
    return reverse("admin:credentials_claim_change", args=[claim.pk])


def decide(client, claim, decision="grant", note="Saw the passport."):
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))
    return client.post(page_of(claim), {"decision": decision, "note": note})


def test_registrar_sees_who_claims_and_who_has_the_record(client, contested):
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    page = client.get(page_of(contested)).content.decode()

    assert contested.user.email in page and contested.holder.user.email in page


def test_registrar_decides(client, contested):
    answer = decide(client, contested)

    contested.refresh_from_db()
    assert (answer.status_code, contested.state) == (302, ClaimState.LINKED)
    assert contested.holder.user == contested.user


def test_decision_without_a_reason_is_refused(client, contested):
    answer = decide(client, contested, note="  ")

    contested.refresh_from_db()
    assert (answer.status_code, contested.state) == (422, ClaimState.CONTESTED)


def test_decision_that_is_not_possible_is_refused(client, contested):
    assert decide(client, contested, decision="undo").status_code == 422


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_of_the_board_only_look(client, contested, role):
    client.force_login(UserFactory(roles=[role]))

    answer = client.post(page_of(contested), {"decision": "grant", "note": "Let me."})

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
