"""Declaring step by step, and what may follow, each seen by the person concerned."""

import re
from calendar import monthrange
from datetime import date

import pytest

from accounts.enums import Role
from cmp_portal.lib import clock
from credentials.models import Cycle
from declarations.models import Declaration
from education.actions import refresh_status
from tests.factories import (
    PASSWORD,
    AttestationFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
    allocate_all,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ends_on():
    """This month: what is approved is renewed at once."""
    today = clock.today()
    return date(today.year, today.month, monthrange(today.year, today.month)[1])


@pytest.fixture
def user(transactional_db, ends_on):
    """Given a holder who has allocated everything."""
    AttestationFactory(text="I attest that every entry is true.\nI keep the documents.")
    starts_on = date(ends_on.year - 3, ends_on.month, 1)
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory(), starts_on=starts_on, ends_on=ends_on)
    allocate_all(cycle)
    refresh_status([cycle.pk], at=clock.now())
    return HolderUserFactory(holder=cycle.holder)


def at_the_board(person, name):
    reviewer = UserFactory(email=f"{name}@example.org", roles=[Role.REVIEWER])
    somebody = person()
    somebody.signs_in(reviewer.email, PASSWORD)
    return somebody


def signed_in(person, user, **how):
    somebody = person(**how)
    somebody.signs_in(user.email, PASSWORD)
    return somebody


# --- In steps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how", [{}, {"javascript": False}, {"width": 320, "scheme": "dark"}], ids=["", "no JS", "small"]
)
def test_declaring_in_steps(person, user, how):
    holder = signed_in(person, user, **how)

    when_they_start_they_check_what_they_declare(holder)
    then_they_attest_it_and_not_by_mistake(holder)
    then_they_check_their_answers_and_may_go_back(holder)
    and_submitting_gives_a_receipt(holder)


def when_they_start_they_check_what_they_declare(holder):
    holder.opens("/declaration/")
    holder.sees("Check your declaration")
    holder.sees("Points by area")
    holder.clicks("This is correct: continue", role="link")


def then_they_attest_it_and_not_by_mistake(holder):
    holder.sees("I keep the documents.")
    holder.clicks("Continue")
    holder.sees("Select the check box to confirm the declaration.")
    holder.page.get_by_role("checkbox").check()
    holder.clicks("Continue")


def then_they_check_their_answers_and_may_go_back(holder):
    holder.sees("Check your answers")
    holder.page.get_by_role("link", name=re.compile("Read again")).click()
    holder.sees("Attest your declaration")
    holder.page.go_back()
    holder.sees("Check your answers")


def and_submitting_gives_a_receipt(holder):
    holder.clicks("Submit the declaration")
    declaration = Declaration.objects.get()
    holder.sees(f"Your number is {declaration.number}.")
    holder.sees(declaration.seals.get().hash)


# --- Denied, appealed, overturned ----------------------------------------------------------------------------------


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_denial_is_appealed_and_overturned(person, user, ends_on, javascript):
    holder = signed_in(person, user, javascript=javascript)
    first, second = (at_the_board(person, name) for name in ("first", "second"))

    given_a_declaration(holder)
    when_a_reviewer_denies_it(first)
    then_the_holder_reads_why_and_appeals(holder)
    then_whoever_denied_has_nothing_to_decide(first)
    when_somebody_else_overturns_it(second)
    then_the_holder_sees_the_renewal(holder)


def given_a_declaration(holder):
    holder.opens("/declaration/")
    holder.clicks("This is correct: continue", role="link")
    holder.page.get_by_role("checkbox").check()
    holder.clicks("Continue")
    holder.clicks("Submit the declaration")
    holder.sees("The Board has received your declaration")


def opens_the_declaration(reviewer):
    reviewer.opens(f"/admin/declarations/declaration/{Declaration.objects.get().pk}/change/")


def when_a_reviewer_denies_it(reviewer):
    opens_the_declaration(reviewer)
    reviewer.page.get_by_text("Deny…").click()
    reviewer.page.locator("#note-deny").fill("The courses are older than the cycle.")
    reviewer.page.get_by_role("button", name="Deny").click()
    reviewer.sees("was denied.")


def then_the_holder_reads_why_and_appeals(holder):
    holder.opens("/account/")
    holder.sees("Declaration for MLS(ASCP) denied")
    holder.sees("The courses are older than the cycle.")
    holder.page.goto(f"{holder.site}{Declaration.objects.get().get_absolute_url()}")
    holder.clicks("Appeal the denial", role="link")
    holder.clicks("Send the appeal")
    holder.sees("Please correct the following")
    holder.page.get_by_label("Incapacitating illness over one year").check()
    holder.page.get_by_label("Your letter").fill(
        "I was in hospital; the dates on the certificates are those of posting."
    )
    holder.clicks("Send the appeal")
    holder.sees("The Board is considering your appeal.")
    holder.opens("/account/")
    holder.sees("Appealed")


def then_whoever_denied_has_nothing_to_decide(reviewer):
    opens_the_declaration(reviewer)
    reviewer.sees("I was in hospital")
    assert reviewer.page.get_by_role("button", name="Overturn").count() == 0


def when_somebody_else_overturns_it(reviewer):
    opens_the_declaration(reviewer)
    reviewer.page.get_by_text("Overturn it and approve…").click()
    reviewer.page.locator("#note-overturn").fill("The letters of the hospital prove it.")
    reviewer.page.get_by_role("button", name="Overturn it and approve").click()
    reviewer.sees("Renewed")


def then_the_holder_sees_the_renewal(holder):
    following = Cycle.objects.get(closed_at=None)
    holder.opens("/account/")
    holder.sees(re.compile(r"MLS\(ASCP\) is renewed until"))
    holder.sees("The letters of the hospital prove it.")
    assert following.starts_on > date(2000, 1, 1)


# --- Held -------------------------------------------------------------------------------------------------------------


def test_a_suspension_is_told_and_marked(person, user):
    registrar = UserFactory(email="registrar@example.org", roles=[Role.REGISTRAR])
    somebody, holder = signed_in(person, registrar), signed_in(person, user)
    credential = Cycle.objects.get().credential

    somebody.opens(f"/admin/credentials/credential/{credential.pk}/change/")
    somebody.page.get_by_label("Suspend it").check()
    somebody.page.get_by_label("Reason").fill("The licence is being looked into.")
    somebody.clicks("Decide")
    somebody.sees("was suspended.")

    holder.opens("/account/")
    holder.sees("MLS(ASCP) is suspended")
    holder.sees("The licence is being looked into.")
    holder.sees("Ready to declare")
