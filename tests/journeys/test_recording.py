"""A holder records, edits and disputes credits, in a real browser."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from accounts.enums import Role
from cmp_portal.lib import clock
from credentials.models import RequirementSet
from education.models import Credit
from tests.factories import PASSWORD, CreditFactory, CycleFactory, HolderUserFactory, UserFactory
from tests.journeys import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
each_browser = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])


@pytest.fixture
def credit(transactional_db):
    """Given a holder of MLS(ASCP) whose provider delivered two points."""
    call_command("load_reference", verbosity=0)
    call_command("load_requirements", verbosity=0)
    cycle = CycleFactory(requirement_set=RequirementSet.objects.get(credential_type__code="MLS(ASCP)"))
    HolderUserFactory(email="mara@example.org", holder=cycle.holder)
    UserFactory(email="registrar@example.org", roles=[Role.REGISTRAR])
    return CreditFactory(holder=cycle.holder, title="High-sensitivity troponin", points=Decimal("2"))


@pytest.fixture
def signed_in(person, credit):
    def make(email, **how):
        somebody = person(**how)
        somebody.signs_in(email, PASSWORD)
        return somebody

    return make


@each_browser
def test_what_is_recorded_is_checked_saved_withdrawn_and_restored(signed_in, credit, javascript):
    holder = signed_in("mara@example.org", javascript=javascript, width=1280 if javascript else 320)

    when_the_holder_checks_what_they_typed_they_see_where_it_would_count(holder, credit)
    and_are_told_of_the_credit_they_have_already(holder)
    then_it_is_saved_only_with_the_tick(holder)
    and_it_can_be_withdrawn_and_restored(holder)


def when_the_holder_checks_what_they_typed_they_see_where_it_would_count(holder, credit):
    holder.opens("/education/credits/add/")
    holder.fills(Title="High sensitivity troponin", Provider="County Hospital", Quantity="0.2")
    holder.page.get_by_label("Kind of activity").select_option(value="ce-course")
    holder.page.get_by_role("checkbox", name="Chemistry").check()
    holder.page.get_by_label("Completed on").fill(credit.completed_on.isoformat())
    holder.page.get_by_label("Unit", exact=True).select_option(value="ceu")
    holder.clicks("Check before saving")
    holder.sees("0.2 × CEU, worth 10 each: 2 points.")
    holder.sees("would count in: Chemistry (2)")


def and_are_told_of_the_credit_they_have_already(holder):
    holder.sees("You may already have this credit")
    holder.clicks("Record this credit")
    holder.sees("select the check box and save again")
    assert Credit.objects.count() == 1


def then_it_is_saved_only_with_the_tick(holder):
    holder.page.get_by_role("checkbox", name="This is a different activity").check()
    holder.clicks("Record this credit")
    holder.sees("Recorded. Allocate it to an area so that it counts.")


def and_it_can_be_withdrawn_and_restored(holder):
    holder.clicks("Withdraw this credit")
    holder.sees("This credit has been withdrawn and does not count anywhere.")
    holder.page.get_by_role("checkbox", name="This is a different activity").check()
    holder.clicks("Restore this credit")
    holder.sees("Restored.")
    assert holder.page.locator("#history h3").all_inner_texts() == ["Restored", "Withdrawn", "Recorded"]


@each_browser
def test_whoever_forgot_something_stands_before_what_they_forgot(signed_in, credit, javascript):
    holder = signed_in("mara@example.org", javascript=javascript, width=390)
    holder.opens("/education/credits/add/")

    holder.clicks("Check before saving")

    expect(holder.page.get_by_role("alert")).to_be_focused()
    expect(holder.page.get_by_role("alert")).to_contain_text("Subjects: Select at least one.")


@pytest.mark.parametrize("height", [256, 844], ids=["at 400 %", "phone"])
@pytest.mark.parametrize("field", ["Title", "Kind of activity", "Subjects", "Completed on", "Quantity"])
def test_a_link_in_the_summary_of_errors_leads_to_a_field_and_its_label(signed_in, credit, field, height):
    holder = signed_in("mara@example.org", javascript=False, width=320)
    holder.page.set_viewport_size({"width": 320, "height": height})
    holder.opens("/education/credits/add/")
    holder.page.locator("main form").first.evaluate("(form) => (form.noValidate = true)")
    holder.clicks("Record this credit")

    holder.page.locator("#errors").get_by_role("link", name=field, exact=True).click()

    place = holder.page.locator(".field:has(:focus)")
    expect(place.locator("label, legend").first).to_contain_text(field)
    expect(place.locator(".errorlist")).to_be_in_viewport()
    if height > 256:
        expect(place.locator("label, legend").first).to_be_in_viewport()


@each_browser
def test_a_disputed_credit_is_corrected_by_the_board(signed_in, credit, javascript):
    holder = signed_in("mara@example.org", javascript=javascript)
    registrar = signed_in("registrar@example.org", javascript=javascript)

    when_the_holder_tells_the_board_what_is_wrong(holder, credit)
    and_the_registrar_corrects_it(registrar)
    then_the_holder_sees_the_answer_and_what_changed(holder, credit)


def when_the_holder_tells_the_board_what_is_wrong(holder, credit):
    holder.opens(f"/education/credits/{credit.uuid}/")
    holder.clicks("Is something wrong? Tell the Board", role="link")
    holder.fills(What_is_wrong="The certificate says three hours.")
    holder.clicks("Send to the Board")
    holder.sees("With the Board")


def and_the_registrar_corrects_it(registrar):
    registrar.opens("/admin/education/dispute/")
    registrar.clicks("High-sensitivity troponin", role="link")
    registrar.page.get_by_role("radio", name="Uphold and correct it").check()
    registrar.fills(Answer="The provider confirms three hours.", Points="3")
    registrar.clicks("Answer the holder")
    registrar.sees("was answered, and the holder was notified.")


def then_the_holder_sees_the_answer_and_what_changed(holder, credit):
    holder.opens("/account/")
    holder.sees("The Board answered your dispute")
    holder.clicks("See more", role="link")
    holder.sees("The provider confirms three hours.")
    holder.opens(f"/education/credits/{credit.uuid}/")
    holder.sees("by the Board")
    assert "2 is now 3" in holder.page.locator("#history").inner_text()


def test_the_checked_form_is_accessible(signed_in, credit):
    holder = signed_in("mara@example.org", width=320, scheme="dark")

    when_the_holder_checks_what_they_typed_they_see_where_it_would_count(holder, credit)

    assert violations.on(holder.page) == []
    assert holder.page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_day_before_the_window_is_recorded_and_counts_nowhere(signed_in, credit):
    holder = signed_in("mara@example.org")
    before = clock.today() - timedelta(days=5 * 365)

    holder.opens("/education/credits/add/")
    holder.fills(Title="An older course", Provider="County Hospital", Quantity="1")
    holder.page.get_by_label("Kind of activity").select_option(value="ce-course")
    holder.page.get_by_role("checkbox", name="Chemistry").check()
    holder.page.get_by_label("Completed on").fill(before.isoformat())
    holder.clicks("Record this credit")

    holder.sees("It does not count anywhere right now")
