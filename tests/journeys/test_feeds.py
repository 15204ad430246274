"""Feeds in the back office, in a real browser: a line assigned to its holder, and a feed from upload to undo."""

import pytest
from django.core.files.storage import default_storage

from accounts.enums import Role
from cmp_portal.lib import clock
from education.actions import intake
from education.models import Credit, IntakeBatch, IntakeRow
from tests.education.feeds import HEAD, LINE, ascp_with_reference
from tests.education.sending import send_to
from tests.factories import PASSWORD, AllocationFactory, HolderFactory, UserFactory, close

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUEUE = "/admin/education/intakerow/?lines=waiting"
ELSEWHERE = "A-9,999,Sharps,ce-course,safety,2026-02-01,1"
UNUSABLE = "A-8,100,Sharps,ce-course,safety,2026-02-30,1"


@pytest.fixture
def holder(transactional_db):
    ascp_with_reference()
    return HolderFactory(customer_number="100", first_name="Ann", last_name="Black", birth_month=4)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def registrar(request, person, holder):
    UserFactory(email="board@example.org", roles=[Role.REGISTRAR])
    somebody = person(javascript=request.param)
    somebody.has_scripts = request.param
    somebody.signs_in("board@example.org", PASSWORD)
    somebody.page.wait_for_load_state()
    return somebody


def test_a_waiting_line_is_given_to_its_holder(registrar, holder):
    unknown = {"customer_number": "999", "last_name": "Blake", "birth_month": 4}
    send_to(ascp_with_reference(), unknown, unknown | {"external_id": "A-2"}, at=clock.now())

    registrar.opens(QUEUE)
    registrar.clicks("customer_number: no holder has “999”", role="link")
    registrar.sees("No holder matches.")
    registrar.fills(Holder_number_or_name="ann black")
    registrar.clicks("Search")
    registrar.clicks("Assign it to Ann Black")

    registrar.sees("Applied to Ann Black (100)")
    assert set(holder.credits.values_list("external_id", flat=True)) == {"A-1", "A-2"}


def test_a_waiting_line_is_dismissed(registrar, holder):
    send_to(ascp_with_reference(), {"customer_number": "999"}, at=clock.now())

    registrar.opens(f"/admin/education/intakerow/{IntakeRow.objects.get().pk}/change/")
    registrar.fills(Reason="Not certified by us")
    registrar.clicks("Dismiss")

    registrar.sees("Not certified by us")
    assert not IntakeRow.objects.waiting().exists()


def test_a_feed_is_uploaded_watched_reported_and_undone(registrar, holder, tmp_path):
    file = tmp_path / "march.csv"
    file.write_text(
        "\n".join([HEAD, LINE, LINE.replace("A-1", "A-2").replace("Troponin", "Potassium"), ELSEWHERE, UNUSABLE])
    )

    when_it_is_uploaded(registrar, file)
    then_it_waits_for_the_worker(registrar)
    when_the_worker_comes()
    then_the_page_says_what_became_of_the_lines(registrar)
    then_the_rejected_lines_are_a_file(registrar)
    when_it_is_undone_after_a_declaration(registrar)
    then_what_was_declared_has_stayed(registrar)


def when_it_is_uploaded(registrar, file):
    registrar.opens("/admin/education/intakebatch/add/")
    registrar.picks("Provider", "ASCP")
    registrar.attaches("File", file)
    registrar.clicks("Upload")


def then_it_waits_for_the_worker(registrar):
    registrar.sees("Waiting to be imported")
    assert default_storage.exists(IntakeBatch.objects.get().file.name)


def when_the_worker_comes():
    intake.work_on_feeds(at=clock.now())


def looks_again(registrar):
    """With JavaScript the page does so by itself."""
    if not registrar.has_scripts:
        registrar.clicks("Check again", role="link")


def then_the_page_says_what_became_of_the_lines(registrar):
    looks_again(registrar)
    registrar.sees("Imported")
    registrar.sees("No holder has this number")


def then_the_rejected_lines_are_a_file(registrar):
    with registrar.page.expect_download() as download:
        registrar.clicks("Download the rejected lines", role="link")
    assert "completed_on: 2026-02-30 does not exist" in download.value.path().read_text()


def when_it_is_undone_after_a_declaration(registrar):
    close(AllocationFactory(credit=Credit.objects.get(external_id="A-2")).cycle)
    registrar.clicks("Undo the whole feed", role="link")
    registrar.sees("Credits that stay because they are part of a declaration")
    registrar.clicks("Undo the feed")
    registrar.sees("Being undone")
    when_the_worker_comes()


def then_what_was_declared_has_stayed(registrar):
    looks_again(registrar)
    registrar.sees("What stayed")
    registrar.sees("Potassium in practice")
    assert Credit.objects.get(external_id="A-1").withdrawn_at is not None
