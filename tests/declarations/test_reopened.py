"""A returned declaration: shares may change again, judged by the date of the first receipt."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.enums import Role
from credentials.models import Cycle
from declarations import actions
from education import actions as education_actions
from education import queries
from education.actions import AllocationRefused, Edit, WantedShare
from tests.factories import (
    AttestationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
    allocate_all,
)

pytestmark = pytest.mark.django_db
RECEIPT = datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("America/Chicago"))
A_MONTH_LATER = datetime(2026, 4, 10, 12, tzinfo=ZoneInfo("America/Chicago"))


@pytest.fixture
def expired():
    """Complete on 10 March 2026, more than a year after its end."""
    with time_machine.travel(RECEIPT, tick=False):
        cycle = CycleFactory(requirement_set=MlsRequirementSetFactory(), ended=True)
        allocate_all(cycle)
        education_actions.refresh_status([cycle.pk], at=RECEIPT)
    return cycle


@pytest.fixture
def user(expired):
    return HolderUserFactory(holder=expired.holder)


@pytest.fixture
def declared(expired, user):
    return actions.submit(cycle=expired, attestation=AttestationFactory(), by=user, at=RECEIPT)


@pytest.fixture
def returned(declared):
    """The expired cycle, opened again on the day of the receipt; a month later the clock stands still."""
    reviewer = UserFactory(roles=[Role.REVIEWER])
    actions.send_back(declaration=declared, by=reviewer, at=RECEIPT, note="Which course was this?")
    with time_machine.travel(A_MONTH_LATER, tick=False):
        yield Cycle.objects.get(pk=declared.cycle_id)


def replacement(cycle, completed_on):
    """A credit to replace one, and the area it is for."""
    credit = CreditFactory(holder=cycle.holder, subjects=["management"], completed_on=completed_on)
    return credit, cycle.requirement_set.areas.get(code="rest")


def allocate(cycle, completed_on, user):
    credit, area = replacement(cycle, completed_on)
    return education_actions.allocate(
        credit=credit, cycle=cycle, area=area, points=Decimal(1), by=user, at=A_MONTH_LATER
    )


@pytest.mark.parametrize("completed_on", [date(2023, 3, 10), date(2026, 3, 10)], ids=["first day", "last day"])
def test_activities_of_the_declarations_window_count(returned, user, completed_on):
    assert allocate(returned, completed_on, user).points == 1


@pytest.mark.parametrize(
    ("completed_on", "why"),
    [(date(2023, 3, 9), "the first day that counts"), (date(2026, 3, 11), "the last day that counts")],
    ids=["day before", "day after"],
)
def test_activities_outside_the_declarations_window_do_not(returned, user, completed_on, why):
    with pytest.raises(AllocationRefused, match=why):
        allocate(returned, completed_on, user)


def test_a_suggestion_keeps_to_the_declarations_window(returned):
    inside, _area = replacement(returned, date(2023, 3, 10))
    replacement(returned, date(2026, 3, 11))

    proposed = queries.proposal_for(returned, on=date(2026, 4, 10)).credits

    allocated = set(returned.allocations.values_list("credit", flat=True))
    assert set(proposed) - allocated == {inside.pk}


def test_one_screen_for_all_credentials_keeps_to_it_too(returned, user):
    credit, _area = replacement(returned, date(2026, 3, 11))

    [result] = education_actions.allocate_everywhere(
        credit=credit, wanted=[WantedShare(returned.pk, "rest", Decimal(1))], by=user, at=A_MONTH_LATER
    )

    assert "the last day that counts" in result.refusal


def test_what_was_declared_still_counts(returned, user):
    [share] = returned.allocations.filter(area__code="chemistry")

    changed = education_actions.change(
        cycle=returned, edits=[Edit(share.credit_id, "chemistry", Decimal(1))], by=user, at=A_MONTH_LATER
    )

    assert changed == 1
    assert queries.standing_of(returned, on=date(2026, 4, 10)).total.counted == 35


def test_a_change_of_a_returned_cycle_is_taken_back(returned, user):
    education_actions.clear(cycle=returned, by=user, at=A_MONTH_LATER)
    seen = returned.undo.result

    education_actions.undo(cycle=returned, digest=seen, by=user, at=A_MONTH_LATER)

    assert queries.standing_of(returned, on=date(2026, 4, 10)).is_complete


def test_after_a_denial_the_days_are_counted_anew(declared, user):
    reviewer = UserFactory(roles=[Role.REVIEWER])
    actions.deny(declaration=declared, by=reviewer, at=RECEIPT, note="Not enough.")
    cycle = Cycle.objects.get(pk=declared.cycle_id)

    with time_machine.travel(A_MONTH_LATER, tick=False):
        share = allocate(cycle, date(2026, 4, 10), user)
        with pytest.raises(AllocationRefused, match="the first day that counts"):
            allocate(cycle, date(2023, 4, 9), user)

    assert share.points == 1


@pytest.mark.parametrize("deed", ["clear", "undo"])
def test_submitted_again_nothing_changes_any_more(returned, user, deed):
    education_actions.change(cycle=returned, edits=[], by=user, at=A_MONTH_LATER)
    actions.submit(cycle=returned, attestation=AttestationFactory(), by=user, at=A_MONTH_LATER)
    words = {"digest": ""} if deed == "undo" else {}

    with pytest.raises(AllocationRefused, match="declared"):
        getattr(education_actions, deed)(cycle=returned, by=user, at=A_MONTH_LATER, **words)
