"""Reviewing as done by those who decide many a day, in a real browser; partly without JavaScript."""

import re

import pytest

from accounts.enums import Role
from cmp_portal.lib import clock
from declarations.enums import State
from declarations.models import Declaration
from education.models import Credit
from tests.declarations.reviews import credit_in, submitted
from tests.factories import PASSWORD, MlsRequirementSetFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUEUE = "/admin/declarations/declaration/"


@pytest.fixture
def reviewer(person, transactional_db):
    """Given a reviewer at work; others come with a call."""

    def come(email="board@example.org", **how):
        UserFactory(email=email, roles=[Role.REVIEWER])
        somebody = person(**how)
        somebody.signs_in(email, PASSWORD)
        somebody.page.wait_for_load_state()
        return somebody

    return come


def opens(reviewer, declaration):
    reviewer.opens(f"{QUEUE}{declaration.pk}/change/")


def row(reviewer, title):
    return reviewer.page.locator(".judged", has_text=title)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_from_the_queue_to_the_approval(reviewer, javascript):
    declaration = submitted()
    somebody = reviewer(javascript=javascript)

    somebody.opens(QUEUE)
    somebody.clicks(declaration.number, role="link")
    somebody.clicks("Take it")
    somebody.sees("You have it until")
    somebody.clicks("Approve")

    somebody.sees(f"Declaration {declaration.number} was approved.")
    assert Declaration.objects.get().state in {State.ELIGIBLE, State.RENEWED}


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_returned_with_a_reason_per_credit_and_sent_again(reviewer, person, javascript):
    declaration = submitted()
    credit = credit_in(declaration, "ethics")
    board = reviewer(javascript=javascript)

    when_a_credit_is_not_accepted(board, declaration, credit)
    then_its_effect_is_seen_at_once_and_it_is_not_approved(board)
    when_it_is_returned(board)

    holder = person(javascript=javascript)
    holder.signs_in(declaration.holder.user.email, PASSWORD)
    then_the_holder_reads_why(holder, declaration, credit)
    when_the_holder_sends_it_again(holder, declaration)
    then_the_reviewer_sees_what_was_said_before(board, declaration, credit)


def when_a_credit_is_not_accepted(board, declaration, credit):
    opens(board, declaration)
    line = row(board, credit.title)
    line.locator("summary").click()
    line.get_by_label("Reason, shown to the holder").fill("The certificate lacks a date.")
    line.get_by_role("button", name="Do not accept").click()


def then_its_effect_is_seen_at_once_and_it_is_not_approved(board):
    board.sees("You still need 1 point in medical ethics.")
    board.sees("Not complete, so it can only be returned or denied.")
    assert board.page.get_by_role("button", name="Approve").count() == 0


def when_it_is_returned(board):
    board.page.locator(".decide summary").first.click()
    board.clicks("Return to the holder")
    board.sees("was returned to its holder.")


def then_the_holder_reads_why(holder, declaration, credit):
    holder.opens(declaration.get_absolute_url())
    holder.sees("The Board did not accept this. Reason: The certificate lacks a date.")
    holder.opens(f"/education/credits/{credit.uuid}/")
    holder.sees("The Board did not accept this. Reason: The certificate lacks a date.")


def when_the_holder_sends_it_again(holder, declaration):
    holder.opens(f"/declaration/cycle/{declaration.cycle_id}/")
    holder.clicks("This is correct: continue", role="link")
    holder.page.get_by_role("checkbox").check()
    holder.clicks("Continue")
    holder.clicks("Submit the declaration")
    holder.sees("Received. Your number is")


def then_the_reviewer_sees_what_was_said_before(board, declaration, credit):
    opens(board, declaration)
    board.sees("Submission 1: Not accepted by board@example.org: The certificate lacks a date.")
    board.sees("The credits are the same as before.")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_ten_without_a_flag_are_approved_together(reviewer, javascript):
    requirements = MlsRequirementSetFactory(verified=True)
    for _time in range(10):
        submitted(requirement_set=requirements)
    flagged = submitted(requirement_set=requirements)
    Credit.objects.filter(pk=credit_in(flagged, "ethics").pk).update(corrected_at=clock.now())
    somebody = reviewer(javascript=javascript)

    somebody.opens(QUEUE)
    somebody.clicks("Select all without a flag", role="link")
    somebody.page.wait_for_url(re.compile("ticked"))
    somebody.clicks("Approve the selected declarations")

    somebody.sees("10 declarations were approved.")
    assert [one.pk for one in Declaration.objects.filter(state=State.SUBMITTED)] == [flagged.pk]


def test_two_colleagues_do_not_collide(reviewer):
    declaration = submitted()
    first, second = reviewer(), reviewer("colleague@example.org", javascript=False)

    for somebody in (first, second):
        opens(somebody, declaration)
    first.clicks("Take it")
    first.sees("You have it until")
    second.clicks("Approve")
    second.sees("board@example.org is working on this declaration. Take it over first.")
    second.clicks("Take it over")
    second.sees("You have it until")
    first.clicks("Approve")

    first.sees("colleague@example.org is working on this declaration.")
    assert Declaration.objects.get().state == State.SUBMITTED


def test_the_keys_go_from_credit_to_credit(reviewer):
    declaration = submitted()
    somebody = reviewer()
    opens(somebody, declaration)
    rows = somebody.page.locator(".judged")

    rows.first.focus()
    somebody.page.keyboard.press("j")
    somebody.page.keyboard.press("y")
    somebody.page.wait_for_url(re.compile("#credit-2"))
    somebody.sees("Accepted by board@example.org")
    somebody.page.keyboard.press("k")
    somebody.page.keyboard.press("e")
    somebody.page.keyboard.type("jy")

    assert rows.first.get_by_label("Reason, shown to the holder").input_value() == "jy"
