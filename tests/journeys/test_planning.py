"""A holder finds out what is missing and what would help, in a real browser."""

import pytest

from credentials.models import Subject
from education.models import Credit
from tests.factories import (
    ActivityKindFactory,
    AllocationFactory,
    CycleFactory,
    HolderUserFactory,
    SubjectFactory,
)
from tests.factories.accounts import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def holder():
    ActivityKindFactory(code="ce-course")
    cycle = CycleFactory(mls=True, ending=True)
    AllocationFactory(cycle=cycle, area__code="chemistry", credit__subjects=["chemistry"], points=2)
    for code in ("chemistry", "safety"):
        Subject.objects.filter(code=code).exists() or SubjectFactory(code=code)
    return HolderUserFactory(holder=cycle.holder)


@pytest.mark.parametrize("javascript", [True, False])
def test_plan_what_is_missing(person, holder, javascript):
    # Given a holder who still needs 34 points
    mara = person(width=320, scheme="dark", javascript=javascript)
    mara.signs_in(holder.email, PASSWORD)
    mara.opens("/education/progress/")

    # When she plans a course in safety
    mara.clicks("Plan what is missing", role="link")
    mara.sees("You still need 34 points")
    mara.page.get_by_label("Subject").select_option("safety")
    mara.page.locator("input[name=points]").fill("1")
    mara.clicks("Add to the plan")

    # Then she sees what it would change
    mara.sees("Then you still need 33")
    mara.sees("Would count: Laboratory or patient safety 1.")

    # And what would be missing without the credit she has
    mara.page.locator("input[name=without]").check()
    mara.clicks("Work it out again")
    mara.sees("Then you still need 35")

    # And her record is as it was
    assert Credit.objects.count() == 1
