"""An audit from both sides, in a real browser: passed; rejected, replaced, passed; failed, appealed, overturned."""

import pytest

from accounts.enums import Role
from audits.models import Audit
from declarations.enums import State
from declarations.models import Declaration
from tests.audits.auditing import spare
from tests.declarations.reviews import credit_in, submitted
from tests.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUEUE = "/admin/audits/audit/"
both = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])


@pytest.fixture
def staff(person):
    """Given somebody of the Board, signed in."""

    def come(email, role, **how):
        UserFactory(email=email, roles=[role])
        somebody = person(**how)
        somebody.signs_in(email, PASSWORD)
        somebody.page.wait_for_load_state()
        return somebody

    return come


@pytest.fixture
def holder_of(person):
    def come(declaration, **how):
        somebody = person(**how)
        somebody.signs_in(declaration.holder.user.email, PASSWORD)
        return somebody

    return come


def given_documents_are_asked_for(board, declaration):
    board.opens(QUEUE)
    board.page.get_by_label("Declaration number").fill(declaration.number)
    board.clicks("Select for audit")
    board.clicks("Request documents")
    board.sees(f"Documents were requested from the holder of {declaration.number}.")


def when_the_holder_hands_documents_in(holder, certificate):
    holder.opens("/account/")
    holder.clicks("View the audit", role="link")
    holder.page.locator("li details summary").first.click()
    holder.page.locator("input[type=file]").first.set_input_files([str(certificate)])
    holder.page.get_by_role("button", name="Add these files").first.click()
    holder.sees("Saved with")
    holder.clicks("Submit the documents")
    holder.sees("Nothing has been submitted yet.")
    holder.ticks("Submit without them")
    holder.clicks("Submit the documents")
    holder.sees("The Board has your documents. You don't need to do anything right now.")


def opens(board):
    board.opens(f"{QUEUE}{Audit.objects.get().pk}/change/")


def when_the_review_begins(board):
    opens(board)
    board.clicks("Start the review")
    board.sees("has started.")


def when_every_credit_is_verified(board, but=None):
    for number in range(board.page.locator(".judged").count()):
        row = board.page.locator(".judged").nth(number)
        if but is not None and but in row.inner_text():
            row.locator("summary").click()
            row.get_by_label("Reason, shown to the holder").fill("It has no date.")
            with board.page.expect_navigation():
                row.locator("button[value=refused]").click()
        elif not row.get_by_role("button", name="Verified", pressed=True).count():
            with board.page.expect_navigation():
                row.get_by_role("button", name="Verified").click()


def with_a_reason(board, label, reason):
    form = board.page.locator(".decide form", has=board.page.get_by_text(f"{label}…"))
    form.locator("summary").click()
    form.locator("textarea").fill(reason)
    form.get_by_role("button").click()


def when_it_passes(board):
    board.sees("Based on the findings, it passes")
    board.clicks("Pass")
    board.sees("has passed its audit.")


def then_a_reviewer_approves(reviewer, declaration):
    reviewer.opens(f"/admin/declarations/declaration/{declaration.pk}/change/")
    reviewer.clicks("Approve")
    reviewer.sees(f"Declaration {declaration.number} was approved.")
    assert Declaration.objects.get().state in {State.ELIGIBLE, State.RENEWED}


@both
def test_passed(staff, holder_of, certificate, javascript):
    declaration, how = submitted(), {"javascript": javascript}
    board = staff("auditor@example.org", Role.AUDITOR, **how)

    given_documents_are_asked_for(board, declaration)
    when_the_holder_hands_documents_in(holder_of(declaration, **how), certificate)
    when_the_review_begins(board)
    when_every_credit_is_verified(board)
    when_it_passes(board)

    then_a_reviewer_approves(staff("reviewer@example.org", Role.REVIEWER, **how), declaration)


@both
def test_refused_replaced_and_passed(staff, holder_of, certificate, javascript):
    declaration, how = submitted(), {"javascript": javascript}
    refused, reserve = credit_in(declaration, "ethics"), spare(declaration, title="Ethics at the bench")
    board = staff("auditor@example.org", Role.AUDITOR, **how)
    holder = holder_of(declaration, **how)

    given_documents_are_asked_for(board, declaration)
    when_the_holder_hands_documents_in(holder, certificate)
    when_the_review_begins(board)
    when_every_credit_is_verified(board, but=refused.title)
    board.sees("You still need 1 point in medical ethics.")
    with_a_reason(board, "Ask for more", "The ethics course has no date.")
    board.sees("More documents were requested")
    when_the_holder_replaces_it(holder, reserve)
    opens(board)
    board.sees("Amended since the declaration")
    when_the_review_begins(board)
    when_every_credit_is_verified(board)
    when_it_passes(board)

    then_a_reviewer_approves(staff("reviewer@example.org", Role.REVIEWER, **how), declaration)


def when_the_holder_replaces_it(holder, reserve):
    holder.opens("/account/")
    holder.clicks("View the audit", role="link")
    holder.sees("The Board needs more before it can decide.")
    holder.clicks("Replace what was not accepted", role="link")
    assert holder.page.get_by_label(reserve.title).is_checked()
    holder.page.get_by_label("I have read this declaration").check()
    holder.clicks("Replace the credits")
    holder.sees("Replaced. What you had declared is kept alongside.")
    holder.sees("Amended since the declaration")
    holder.ticks("Submit without them")
    holder.clicks("Submit the documents")
    holder.sees("The Board has your documents.")


@both
def test_failed_appealed_and_overturned(staff, holder_of, certificate, javascript):
    declaration, how = submitted(), {"javascript": javascript}
    refused = credit_in(declaration, "ethics")
    board = staff("auditor@example.org", Role.AUDITOR, **how)
    colleague = staff("colleague@example.org", Role.AUDITOR, **how)
    holder = holder_of(declaration, **how)

    given_documents_are_asked_for(board, declaration)
    when_the_holder_hands_documents_in(holder, certificate)
    when_the_review_begins(board)
    when_every_credit_is_verified(board, but=refused.title)
    when_a_note_is_answered(board, holder, declaration)
    with_a_reason(board, "Propose failure", "No proof of the ethics course.")
    board.sees("A second auditor now decides")
    opens(colleague)
    with_a_reason(colleague, "Fail", "No proof of the ethics course.")
    colleague.sees("has failed its audit and was denied.")
    when_the_holder_appeals(holder, declaration, certificate)
    reviewer = staff("reviewer@example.org", Role.REVIEWER, **how)
    reviewer.opens(f"/admin/declarations/declaration/{declaration.pk}/change/")
    then_the_document_is_beside_the_letter(reviewer, certificate)
    with_a_reason(reviewer, "Overturn it and approve", "The letter convinces.")
    reviewer.sees("was overturned.")

    holder.opens(f"{declaration.get_absolute_url()}audit/")
    holder.sees("Your appeal was successful: the denial was overturned.")


def when_a_note_is_answered(board, holder, declaration):
    board.page.get_by_label("Write a note").fill("Who taught the ethics course?")
    board.clicks("Send to the holder")
    board.sees("The note was sent to the holder.")
    holder.opens(f"{declaration.get_absolute_url()}audit/")
    holder.sees("Who taught the ethics course?")
    holder.page.get_by_label("Your answer").fill("Professor Lindqvist, in Uppsala.")
    holder.clicks("Send your answer")
    holder.sees("Sent. The Board can see that you answered.")
    board.opens(QUEUE)
    board.sees("answer waiting")
    opens(board)
    board.sees("An answer from the holder is waiting in the notes.")
    board.sees("Professor Lindqvist, in Uppsala.")


def then_the_document_is_beside_the_letter(reviewer, certificate):
    reviewer.sees("I was overseas for fourteen months.")
    with reviewer.page.expect_download() as opened:
        reviewer.page.locator(".appeal").get_by_role("link", name="certificate.pdf").click()
    assert opened.value.path().read_bytes() == certificate.read_bytes()


def when_the_holder_appeals(holder, declaration, certificate):
    holder.opens(f"{declaration.get_absolute_url()}audit/")
    holder.sees("No proof of the ethics course.")
    holder.clicks("Appeal the denial", role="link")
    holder.page.get_by_label("Military assignment overseas").check()
    holder.page.get_by_label("Your letter").fill("I was overseas for fourteen months.")
    wrong = certificate.with_name("page.pdf")
    wrong.write_bytes(b"<html>")
    orders = certificate.with_name("orders.pdf")
    orders.write_bytes(certificate.read_bytes() + b"%")
    files = holder.page.locator("input[type=file]")
    files.set_input_files([str(certificate), str(wrong)])
    holder.clicks("Send the appeal")
    holder.sees("is not a PDF, PNG or JPEG file")
    assert holder.page.get_by_label("Your letter").input_value() == "I was overseas for fourteen months."
    files.set_input_files([str(certificate), str(orders)])
    holder.clicks("Send the appeal")
    holder.sees("The Board has received your appeal.")
    with holder.page.expect_download() as opened:
        holder.page.get_by_role("link", name="orders.pdf").click()
    assert opened.value.path().read_bytes() == orders.read_bytes()
