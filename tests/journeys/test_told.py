"""A holder's main tasks, written as stories; each by mouse, by keyboard alone, and without JavaScript."""

import re
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from cmp_portal.lib import clock
from cmp_portal.lib.dates import longdate
from credentials.models import ActivityKind, RequirementSet
from declarations.models import Declaration
from education.actions import refresh_status
from education.models import Allocation, Credit
from tests.factories import PASSWORD, AllocationFactory, CreditFactory, CycleFactory, HolderUserFactory, allocate_all
from tests.journeys.hands import Keyboard

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAYS = {"mouse": {}, "keyboard": {"hand": Keyboard}, "no JavaScript": {"javascript": False}}


@pytest.fixture
def today():
    return clock.today()


@pytest.fixture
def cycle(transactional_db, today):
    """Given a holder of MLS(ASCP) whose cycle ends in two months, so that the declaration is open."""
    call_command("load_reference", verbosity=0)
    call_command("load_requirements", verbosity=0)
    soon = today + timedelta(days=45)
    ends_on = date(soon.year, soon.month, monthrange(soon.year, soon.month)[1])
    requirements = RequirementSet.objects.get(credential_type__code="MLS(ASCP)")
    starts_on = date(ends_on.year - 3, ends_on.month, 1) + timedelta(days=31)
    cycle = CycleFactory(requirement_set=requirements, starts_on=starts_on, ends_on=ends_on)
    HolderUserFactory(email="mara@example.org", holder=cycle.holder)
    return cycle


@pytest.fixture
def credits(cycle):
    """Three credits that a provider has delivered and that count nowhere yet."""
    subjects = {"Electrolytes": "chemistry", "Blasts and their mimics": "hematology", "Honest errors": "ethics"}
    return [
        CreditFactory(holder=cycle.holder, title=title, subjects=[subject], points=Decimal(1))
        for title, subject in subjects.items()
    ]


@pytest.fixture(params=WAYS, ids=WAYS)
def mara(person, cycle, request):
    """She has logged in, in one of the three ways; `mara(width=320)` for a phone."""

    def logs_in(**how):
        somebody = person(**WAYS[request.param], **how)
        somebody.signs_in("mara@example.org", PASSWORD)
        return somebody

    return logs_in


def test_find_out_when_my_credential_ends(mara, cycle):
    she = mara()

    she.sees("Welcome")
    she.sees(longdate(cycle.ends_on))
    she.sees(f"{(cycle.ends_on - clock.today()).days} days left")

    she.clicks("Allocate or record credits", role="link")
    she.sees("You still need 36")
    she.sees(longdate(cycle.ends_on))


def test_allocate_three_credits(mara, credits):
    she = mara()
    she.clicks("Allocate or record credits", role="link")
    she.sees("You still need 36")

    for title, area in (("Electrolytes", "Chemistry"), ("Blasts", "Hematology"), ("Honest errors", "Medical ethics")):
        she.clicks(re.compile(f"Allocate: {title}"))
        she.sees(f"Allocated to {area}.")

    she.sees("You still need 33")
    assert Allocation.objects.count() == 3


def test_use_suggest(mara, credits):
    she = mara()
    she.clicks("Allocate or record credits", role="link")

    she.clicks("Suggest the best allocation", role="link")
    she.sees("What would be allocated")
    she.clicks("Apply this suggestion")
    she.sees("You still need 33")

    she.clicks(re.compile("Undo"))
    she.sees("Undone")
    she.sees("You still need 36")


def test_record_a_course_with_two_files_at_phone_size(mara, today, certificate, tmp_path):
    transcript = tmp_path / "programme.pdf"
    transcript.write_bytes(certificate.read_bytes() + b"% programme\n")
    she = mara(width=320)
    she.unfolds("Menu")
    she.clicks("Add non-ASCP credit", role="link")

    she.fills(Title="Ethics at the bench", Provider="County Hospital")
    she.picks("Kind of activity", "Continuing education course")
    she.ticks("Medical ethics")
    she.fills(Completed_on=(today - timedelta(days=20)).isoformat(), Quantity="1.5")
    she.attaches("Documents", certificate, transcript)
    she.clicks("Record this credit")

    she.sees("Recorded. Allocate it to an area so that it counts.")
    she.sees("certificate.pdf")
    she.sees("programme.pdf")
    credit = Credit.objects.get()
    assert (credit.points, credit.subjects, credit.evidence.count()) == (Decimal("1.50"), ["ethics"], 2)


def test_declare(mara, cycle):
    allocate_all(cycle)
    refresh_status([cycle.pk], at=clock.now())
    she = mara()

    she.clicks("Start the declaration", role="link")
    she.sees("Check your declaration")
    she.clicks("This is correct: continue", role="link")
    she.ticks(re.compile("I have read"))
    she.clicks("Continue")
    she.sees("Check your answers")
    she.clicks("Submit the declaration")

    she.sees("The Board has received your declaration")
    she.sees(f"Your number is {Declaration.objects.get().number}.")


def test_read_why_a_credit_does_not_count(mara, cycle):
    college = ActivityKind.objects.get(code="college-course")
    course = CreditFactory(
        holder=cycle.holder, title="Management, a semester", kind=college, subjects=["management"], points=Decimal(30)
    )
    AllocationFactory(cycle=cycle, credit=course, points=Decimal(20))
    she = mara()

    she.clicks("Allocate or record credits", role="link")
    she.sees(re.compile("2 not counted: College courses .*at most 18"))

    she.clicks("Management, a semester", role="link")
    she.sees("Where it counts")
    she.sees("20 points")


def test_plan_what_is_missing(mara, cycle, credits):
    AllocationFactory(cycle=cycle, credit=credits[0])
    she = mara(width=320, scheme="dark")
    she.clicks("Allocate or record credits", role="link")

    she.clicks("Plan what is missing", role="link")
    she.sees("You still need 33 points")
    she.picks("Subject", "Laboratory or patient safety, quality control, quality assurance")
    she.fills(Points="1")
    she.clicks("Add to the plan")
    she.sees("With this plan you still need 32 points")

    she.ticks(re.compile("Electrolytes"))
    she.clicks("Recalculate")
    she.sees("Chemistry: 2 missing instead of 1")
    assert Credit.objects.count() == 3
