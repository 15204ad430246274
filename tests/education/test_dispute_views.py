"""The pages on which a holder disputes a credit and sees the outcome."""

import pytest
from django.urls import reverse

from accounts.enums import Role
from education import actions
from education.enums import Outcome
from tests.factories import CreditFactory, DisputeFactory, HolderUserFactory, UserFactory
from tests.pages import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(now):
    return HolderUserFactory()


@pytest.fixture
def credit(user):
    return CreditFactory(holder=user.holder)


@pytest.fixture
def waiting(credit, user):
    return DisputeFactory(credit=credit, raised_by=user)


def address(credit):
    return reverse("education:dispute", args=[credit.uuid])


def test_the_holder_sends_a_dispute_and_sees_its_state(client, user, credit):
    client.force_login(user)

    answer = client.post(address(credit), {"note": "The certificate says three hours, not two."}, follow=True)

    assert words_of(answer) == ["Sent to the Board. Its answer will appear here and in your alerts."]
    assert [line.state_label for line in answer.context["page"].lines] == ["With the Board"]
    assert answer.context["page"].may_raise is False


def test_the_holder_sees_the_answer_and_may_write_again(client, user, credit, waiting, now):
    client.force_login(user)
    answer = {"answer": "We asked the provider.", "by": UserFactory(roles=[Role.REGISTRAR]), "at": now}
    actions.decide(dispute=waiting, outcome=Outcome.DECLINED, **answer)

    page = client.get(address(credit)).context["page"]

    assert (page.lines[0].answer, page.lines[0].answered_text) == (
        "We asked the provider.",
        "Answered on 10 March 2026",
    )
    assert page.may_raise is True


def test_a_dispute_too_many_is_explained_and_given_back(client, user, waiting):
    client.force_login(user)

    answer = client.post(address(waiting.credit), {"note": "And the day is wrong."}, follow=True)

    assert words_of(answer) == [
        "The Board already has your dispute. Wait for its answer.",
        "You wrote: And the day is wrong.",
    ]


def test_a_dispute_of_an_own_record_is_given_back(client, user):
    client.force_login(user)
    own = CreditFactory(holder=user.holder, self_recorded=True)

    answer = client.post(address(own), {"note": "The day is wrong."}, follow=True)

    assert words_of(answer) == [
        "You recorded this credit yourself. Correct or withdraw it instead.",
        "You wrote: The day is wrong.",
    ]


def test_an_own_record_leads_back_to_its_page(client, user):
    client.force_login(user)

    shown = client.get(address(CreditFactory(holder=user.holder, self_recorded=True))).content.decode()

    assert "Correct or withdraw it on its page" in shown


def test_the_page_of_a_delivered_credit_leads_to_the_dispute(client, user, credit):
    client.force_login(user)

    page = client.get(reverse("education:credit", args=[credit.uuid])).context["page"]

    assert (page.dispute_url, page.dispute_text) == (address(credit), "Is something wrong? Tell the Board")


def test_the_page_of_a_disputed_credit_says_what_became_of_it(client, user, waiting):
    client.force_login(user)

    page = client.get(reverse("education:credit", args=[waiting.credit.uuid])).context["page"]

    assert page.dispute_text == "You told the Board that something is wrong: With the Board"


@pytest.mark.parametrize("note", ["", " \n", "x" * 100_000, "nul\x00byte", "\u202eevil", "🧪" * 500, "<script>"])
def test_hostile_notes_are_answered(client, user, credit, note):
    client.force_login(user)

    answer = client.post(address(credit), {"note": [note, note]})

    assert answer.status_code in {302, 422}
