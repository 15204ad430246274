"""The main tasks of each staff role in the back office, by keyboard alone.

`Keyboard` checks at each stop that the focus is visible.
"""

import re

import pytest

from accounts.enums import Role
from accounts.models import Change, Letter, User
from audits import actions as auditing
from audits.models import Audit, Finding
from cmp_portal.lib import clock
from declarations.enums import State
from declarations.models import Declaration, Ruling, Step
from education.actions import intake
from education.models import Credit, IntakeBatch
from tests.declarations.reviews import credit_in, submitted
from tests.education.feeds import HEAD, LINE, ascp_with_reference
from tests.education.sending import send_to
from tests.factories import (
    PASSWORD,
    ChangeFactory,
    HolderFactory,
    MlsRequirementSetFactory,
    UserFactory,
)
from tests.journeys.hands import Keyboard

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def staff(person, transactional_db):
    """Somebody of the Board with one role, who has logged in and comes to the start of the back office."""

    def come(role):
        UserFactory(email=f"{role}@example.org", roles=[role])
        somebody = person(hand=Keyboard)
        somebody.signs_in(f"{role}@example.org", PASSWORD)
        somebody.opens("/admin/")
        return somebody

    return come


def goes_to(somebody, name):
    """By the list of all that there is to do."""
    somebody.hand.presses(somebody.page.locator("#content-main th").get_by_role("link", name=name, exact=True))


def with_a_reason(somebody, label, reason):
    form = somebody.page.locator(".decide form", has=somebody.page.get_by_text(f"{label}…"))
    somebody.hand.presses(form.locator("summary"))
    somebody.hand.writes(form.locator("textarea"), reason)
    somebody.hand.presses(form.get_by_role("button"))


def decides(somebody, decision, reason):
    """On the page of a request."""
    somebody.chooses(decision)
    somebody.hand.writes(somebody.page.get_by_label("Reason"), reason)
    somebody.clicks("Decide")


# --- Reviewers --------------------------------------------------------------------------------------------------------


def test_a_reviewer_filters_the_queue_judges_changes_their_mind_and_returns(staff):
    declaration = submitted()
    credit = credit_in(declaration, "ethics")
    she = staff(Role.REVIEWER)

    goes_to(she, "Declarations")
    she.clicks("No flags", role="link")
    she.unfolds("Credential")
    she.clicks("MLS(ASCP)", role="link")
    she.clicks(declaration.number, role="link")
    she.clicks("Take it")
    she.sees("You have it until")

    judges(she, credit, "Do not accept", "The certificate lacks a date.")
    she.sees("You still need 1 point in medical ethics.")
    assert Ruling.objects.latest("id").outcome == "refused"

    she.hand.presses(row(she, credit).get_by_role("button", name="Accept"))
    she.sees("Accepted by reviewer@example.org")

    with_a_reason(she, "Return to the holder", "Please add the certificate.")
    she.sees("was returned to its holder.")
    assert Step.objects.latest("id").note == "Please add the certificate."


def row(somebody, credit):
    return somebody.page.locator(".judged", has_text=credit.title)


def judges(somebody, credit, verdict, reason):
    line = row(somebody, credit)
    somebody.hand.presses(line.locator("summary"))
    somebody.hand.writes(line.locator("textarea"), reason)
    somebody.hand.presses(line.get_by_role("button", name=verdict))


def test_a_reviewer_gives_back_what_they_took_and_writes_a_note(staff):
    declaration = submitted()
    she = staff(Role.REVIEWER)

    goes_to(she, "Declarations")
    she.clicks(declaration.number, role="link")
    she.clicks("Take it")
    she.clicks("Give it back")
    she.hand.writes(she.page.get_by_label("Write a note"), "The ethics course is new to me.")
    she.clicks("Save for staff only")

    she.sees("The ethics course is new to me.")
    she.clicks("Take it")
    she.sees("You have it until")


def test_a_reviewer_approves_some_at_once(staff):
    requirements = MlsRequirementSetFactory(verified=True)
    first, second, third = (submitted(requirement_set=requirements) for _time in range(3))
    she = staff(Role.REVIEWER)

    goes_to(she, "Declarations")
    for declaration in (first, second):
        she.ticks(declaration.number)
    she.clicks("Approve the selected declarations")

    she.sees("2 declarations were approved.")
    assert [one.pk for one in Declaration.objects.filter(state=State.SUBMITTED)] == [third.pk]


# --- Auditors ---------------------------------------------------------------------------------------------------------


def test_an_auditor_goes_from_the_queue_to_the_outcome(staff):
    declaration = submitted()
    refused = credit_in(declaration, "ethics")
    he = staff(Role.AUDITOR)

    goes_to(he, "Audits")
    he.hand.writes(he.page.get_by_label("Declaration number"), declaration.number)
    he.clicks("Select for audit")
    he.clicks("Request documents")
    he.sees("Documents were requested")
    audit = Audit.objects.get()
    auditing.hand_in(audit=audit, by=declaration.holder.user, at=clock.now())

    he.opens("/admin/audits/audit/")
    he.clicks(declaration.number, role="link")
    he.clicks("Start the review")
    he.sees("has started.")
    judges(he, refused, "Refuse", "It has no date.")
    he.sees("It has no date.")
    assert Finding.objects.get().verdict == "refused"
    he.hand.presses(row(he, refused).get_by_role("button", name="Verified"))
    he.sees("Verified")
    with_a_reason(he, "Ask for more", "The ethics course has no date.")

    he.sees("More documents were requested")
    assert Audit.objects.get().state == "more_needed"


# --- Registrars -------------------------------------------------------------------------------------------------------


def test_a_registrar_uploads_a_feed_and_undoes_it(staff, tmp_path):
    ascp_with_reference()
    HolderFactory(customer_number="100", first_name="Ann", last_name="Black", birth_month=4)
    file = tmp_path / "march.csv"
    file.write_text("\n".join([HEAD, LINE]))
    she = staff(Role.REGISTRAR)

    goes_to(she, "Feeds")
    she.clicks("Add feed", role="link")
    she.picks("Provider", "ASCP")
    she.attaches("File", file)
    she.clicks("Upload")
    she.sees("Waiting to be imported")
    intake.work_on_feeds(at=clock.now())
    she.clicks("Undo the whole feed", role="link")
    she.clicks("Undo the feed")
    she.sees("Being undone")
    intake.work_on_feeds(at=clock.now())

    assert None not in (IntakeBatch.objects.get().undone_at, Credit.objects.get().withdrawn_at)


def test_a_registrar_gives_a_line_to_its_holder(staff):
    holder = HolderFactory(customer_number="100", first_name="Ann", last_name="Black", birth_month=4)
    send_to(ascp_with_reference(), {"customer_number": "999", "last_name": "Blake"}, at=clock.now())
    she = staff(Role.REGISTRAR)

    goes_to(she, "Lines of feeds")
    she.clicks("Waiting for a holder", role="link")
    she.clicks(re.compile("no holder has"), role="link")
    she.hand.writes(she.page.get_by_label("Holder number or name"), "ann black")
    she.clicks("Search")
    she.clicks("Assign it to Ann Black")

    she.sees("Applied to Ann Black (100)")
    assert holder.credits.count() == 1


def test_a_registrar_decides_on_a_change_of_name(staff):
    change = ChangeFactory()
    she = staff(Role.REGISTRAR)

    goes_to(she, "Changes of name or address")
    she.clicks(str(change.holder), role="link")
    decides(she, "Decline", "The document shows another name.")

    she.sees("was declined.")
    assert Change.objects.get().note == "The document shows another name."


def test_a_registrar_invites_those_who_are_ticked_in_a_list(staff):
    holder = HolderFactory(email="ann@example.org")
    HolderFactory(email="ben@example.org")
    she = staff(Role.REGISTRAR)

    goes_to(she, "Holders")
    she.hand.writes(she.page.locator("#searchbar"), holder.customer_number)
    she.clicks("Search")
    she.hand.ticks(she.page.locator("input.action-select").first)
    she.picks("Action", "Invite to choose a password")
    she.clicks("Go")

    she.sees("1 invitation is on its way.")
    assert [one.holder_id for one in Letter.objects.all()] == [holder.pk]


# --- Administrators ---------------------------------------------------------------------------------------------------


def test_an_administrator_gives_a_role(staff):
    UserFactory(email="colleague@example.org")
    she = staff(Role.ADMINISTRATOR)

    goes_to(she, "Users")
    she.clicks("colleague@example.org", role="link")
    she.ticks("Auditor")
    she.clicks("Save")

    she.sees("was changed successfully")
    assert User.objects.get(email="colleague@example.org").roles == [Role.AUDITOR]
