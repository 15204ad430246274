"""The Board's seven steps, from an imported record to the three-year renewal, in a real browser."""

import csv
import re
from calendar import monthrange
from datetime import date, timedelta

import pytest
from django.core.management import call_command

from accounts.enums import Role
from cmp_portal.lib import clock
from cmp_portal.lib.dates import longdate
from credentials.models import Cycle
from declarations.models import Declaration
from tests.factories import PASSWORD as REVIEWERS_PASSWORD
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EMAIL = "mara.holder@example.org"
PASSWORD = "a long enough pass phrase"
CREDITS = [
    ("Antibody panels by example", "blood-banking", "2"),
    ("Electrolytes in the elderly", "chemistry", "2"),
    ("Blasts and their mimics", "hematology", "2"),
    ("Carbapenemases for the bench", "microbiology", "2"),
    ("Chemical hygiene, step by step", "safety", "1"),
    ("A week of molecular diagnostics", "molecular-biology", "20"),
    ("Leading a small laboratory", "management", "6"),
]


@pytest.fixture
def today():
    return clock.today()


@pytest.fixture
def ends_on(today):
    return date(today.year, today.month, monthrange(today.year, today.month)[1])


@pytest.fixture
def feeds(tmp_path, today, ends_on):
    """The files the Board and a provider send."""
    start = date(ends_on.year - 3, ends_on.month, 1) + timedelta(days=31)
    holders = _write(
        tmp_path / "holders.csv",
        "customer_number email first_name last_name birth_month credential certificate_number certified_on "
        "cycle_starts_on cycle_ends_on",
        [("70001", EMAIL, "Mara", "Holder", "5", "MLS(ASCP)", "900001", "2014-05-02", start, ends_on)],
    )
    credits = _write(
        tmp_path / "credits.csv",
        "external_id customer_number title kind subjects completed_on points",
        [
            (f"P-{number}", "70001", title, "ce-course", subjects, today - timedelta(days=100 + number), points)
            for number, (title, subjects, points) in enumerate(CREDITS)
        ],
    )
    return holders, credits


def _write(path, header, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split())
        writer.writerows(rows)
    return str(path)


@pytest.fixture
def imported(transactional_db, feeds):
    """Given a record imported from the Board and credits delivered by a provider."""
    holders, credits = feeds
    call_command("load_reference")
    call_command("load_requirements")
    call_command("import_holders", holders)
    call_command("import_credits", credits, provider="ascp")


@pytest.fixture
def reviewer(person, transactional_db):
    UserFactory(email="board@example.org", roles=[Role.REVIEWER])
    somebody = person()
    somebody.signs_in("board@example.org", REVIEWERS_PASSWORD)
    return somebody


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_seven_steps(imported, person, reviewer, link_in, certificate, today, ends_on, javascript):
    holder = person(javascript=javascript)

    given_a_sign_in_for_the_address_on_file(holder, link_in)
    when_the_holder_checks_progress_they_see_cycle_and_end_date(holder, ends_on)
    and_allocates_the_delivered_credits(holder)
    and_records_what_a_provider_did_not_deliver(holder, certificate, today)
    then_an_alert_asks_for_the_declaration(holder)
    when_the_holder_submits_it_there_is_a_receipt(holder)
    when_the_reviewer_approves_it(reviewer)
    then_the_credential_is_renewed_for_three_years(holder, ends_on)


def given_a_sign_in_for_the_address_on_file(holder, link_in):
    holder.opens("/")
    holder.clicks("Register", role="link")
    holder.page.locator("input[name=email]").fill(EMAIL)
    holder.page.locator("input[name=password1]").fill(PASSWORD)
    holder.page.locator("input[name=password2]").fill(PASSWORD)
    holder.page.locator("main form button[type=submit]").first.click()
    holder.page.wait_for_load_state()
    holder.opens(link_in(EMAIL))
    holder.page.locator("main form button[type=submit]").first.click()
    holder.page.wait_for_load_state()
    if "login" in holder.page.url:
        holder.signs_in(EMAIL, PASSWORD)
    holder.opens("/account/")
    holder.sees("Welcome, Mara")


def when_the_holder_checks_progress_they_see_cycle_and_end_date(holder, ends_on):
    holder.clicks("Check Progress", role="link")
    holder.page.get_by_label("Track progress for").select_option(label="MLS(ASCP), 900001")
    holder.clicks("Go")
    holder.sees(longdate(ends_on))
    holder.sees("You still need 36")


def and_allocates_the_delivered_credits(holder):
    for title, _subjects, _points in CREDITS:
        allocates(holder, title)


def and_records_what_a_provider_did_not_deliver(holder, certificate, today):
    holder.clicks("Add non-ASCP credit", role="link")
    holder.page.get_by_label("Title").fill("Ethics at the bench")
    holder.page.get_by_label("Provider").fill("County Hospital")
    holder.page.get_by_label("Kind of activity").select_option(value="ce-course")
    holder.page.get_by_role("checkbox", name="ethics").check()
    holder.page.get_by_label("Completed on").fill((today - timedelta(days=20)).isoformat())
    holder.page.get_by_label("Quantity").fill("1")
    holder.page.get_by_label("Documents").set_input_files(certificate)
    holder.clicks("Record this credit")
    holder.sees("certificate.pdf")
    holder.opens("/education/progress/")
    allocates(holder, "Ethics at the bench")


def allocates(holder, title):
    """Until all of it is allocated, so that there is nothing more to press."""
    button = holder.page.get_by_role("button", name=re.compile(f"Allocate.*{title}"))
    button.click()
    button.wait_for(state="detached")


def then_an_alert_asks_for_the_declaration(holder):
    holder.opens("/account/")
    holder.sees("All requirements for MLS(ASCP) are allocated")


def when_the_holder_submits_it_there_is_a_receipt(holder):
    holder.opens("/")
    holder.clicks("Start the Online CMP Declaration Process", role="link")
    holder.clicks("This is correct: continue", role="link")
    holder.page.get_by_role("checkbox").check()
    holder.clicks("Continue")
    holder.clicks("Submit the declaration")
    holder.sees(Declaration.objects.get().number)


def when_the_reviewer_approves_it(reviewer):
    reviewer.opens("/admin/")
    reviewer.page.locator(".model-declaration th a").first.click()
    reviewer.clicks(Declaration.objects.get().number, role="link")
    reviewer.clicks("Approve")
    reviewer.sees("Renewed")


def then_the_credential_is_renewed_for_three_years(holder, ends_on):
    following = Cycle.objects.get(closed_at=None)
    assert following.starts_on == ends_on + timedelta(days=1)
    holder.opens("/account/")
    holder.sees(f"MLS(ASCP) is renewed until {longdate(following.ends_on)}")
    holder.sees(f"the next cycle opens on {longdate(following.starts_on)}")
