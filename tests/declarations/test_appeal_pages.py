"""The pages on which a holder appeals, and on which the Board reads the appeal and decides."""

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from declarations import actions
from declarations.enums import State
from tests.declarations import appealing
from tests.declarations.appealing import LATER, WORDS
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def cycle():
    return appealing.cycle_of_a_user()


@pytest.fixture
def user(cycle):
    return cycle.holder.user


@pytest.fixture
def denier():
    return UserFactory(roles=[Role.REVIEWER])


@pytest.fixture
def denied(cycle, denier):
    return appealing.denied(cycle, denier)


@pytest.fixture
def appealed(denied):
    return appealing.appealed(denied)


@pytest.fixture
def page(client, user, denied):
    client.force_login(user)
    return reverse("declarations:appeal", args=[denied.uuid])


def test_the_holder_sees_why_and_writes(client, page, denied):
    shown = client.get(page).content.decode()

    assert "The courses are not related." in shown
    assert "Send the appeal" in shown


def test_a_denied_declaration_offers_the_appeal(client, page, denied):
    assert page in client.get(denied.get_absolute_url()).content.decode()


def test_the_appeal_leads_back_to_the_declaration(client, page, denied):
    answer = client.post(page, WORDS, follow=True)

    assert answer.redirect_chain == [(denied.get_absolute_url(), 302)]
    assert "The Board is considering your appeal." in answer.content.decode()
    assert WORDS["letter"] in answer.content.decode()


@pytest.mark.parametrize("missing", ["grounds", "letter"])
def test_an_appeal_says_what_is_missing(client, page, missing):
    answer = client.post(page, {name: value for name, value in WORDS.items() if name != missing})

    assert answer.status_code == 422
    assert missing in answer.context["form"].errors


def test_after_the_appeal_the_page_offers_no_second(client, page, denied, user, reviewer):
    actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)
    actions.uphold(declaration=denied, by=reviewer, at=LATER, note="As before.")

    shown = client.get(page).content.decode()
    assert "A denial can be appealed only once" in shown
    assert "Send the appeal" not in shown
    assert page not in client.get(denied.get_absolute_url()).content.decode()


def test_a_refused_appeal_is_a_message_on_the_form(client, page, settings):
    settings.APPEAL_WITHIN_DAYS = 0

    answer = client.post(page, WORDS)

    assert answer.status_code == 422
    assert "until 10 March 2026" in answer.content.decode()


def test_a_letter_that_comes_too_late_is_given_back(client, page, appealed):
    answer = client.post(page, WORDS | {"letter": "I was ill.\n\nStill."})

    assert (answer.status_code, answer.text.count("This declaration is now “Appealed”.")) == (422, 1)
    assert "<p>I was ill.</p>\n\n<p>Still.</p>" in answer.text


def test_a_letter_keeps_its_paragraphs(client, page, denied):
    answer = client.post(page, WORDS | {"letter": "I was ill.\n\nStill."}, follow=True)

    assert answer.text.count("<p>I was ill.</p>\n\n<p>Still.</p>") == 2


def test_the_deadline_is_told_where_there_is_one(client, page, settings):
    settings.APPEAL_WITHIN_DAYS = 30

    assert "You can appeal until 9 April 2026." in client.get(page).content.decode()


def test_a_reviewer_reads_the_letter_and_decides(client, appealed, reviewer):
    client.force_login(reviewer)
    review = client.get(reverse("admin:declarations_declaration_change", args=[appealed.pk]))
    address = reverse("admin:declarations_declaration_decide", args=[appealed.pk, "overturn"])

    client.post(address, {"note": "The illness is proven."})

    appealed.refresh_from_db()
    assert WORDS["letter"] in review.content.decode()
    assert [decision.move for decision in review.context["page"].decisions] == ["uphold", "overturn"]
    assert appealed.state == State.RENEWED


def test_who_denied_is_offered_no_decision_and_told_why(client, appealed, denier):
    client.force_login(denier)

    page = client.get(reverse("admin:declarations_declaration_change", args=[appealed.pk])).context["page"]

    assert (page.decisions, page.banner.buttons) == ((), ())
    assert page.banner.text == "You denied this declaration, so a colleague decides on the appeal."
