"""A holder disputes a delivered credit, and the Board decides."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.enums import AlertKind, Role
from accounts.models import Alert
from education import actions
from education.enums import DisputeState, Outcome
from education.models import Allocation, Credit, Dispute
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    DisputeFactory,
    HolderUserFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOTE = "The certificate says three hours, not two."


@pytest.fixture
def user(now):
    return HolderUserFactory()


@pytest.fixture
def credit(user):
    return CreditFactory(holder=user.holder)


@pytest.fixture
def waiting(credit, user):
    return DisputeFactory(credit=credit, raised_by=user)


@pytest.fixture
def registrar(now):
    return UserFactory(roles=[Role.REGISTRAR])


@pytest.fixture
def decide(waiting, registrar, now):
    def act(outcome, **changed):
        known = {"dispute": waiting, "outcome": outcome, "answer": "We asked the provider.", "by": registrar, "at": now}
        return actions.decide(**{**known, **changed})

    return act


def correction(today, **changed):
    said = {"title": "Chemistry", "completed_on": today, "subjects": ["chemistry"], "points": Decimal("3")}
    return actions.Correction(**{**said, **changed})


# --- Raising --------------------------------------------------------------------------------------------------------


def test_a_dispute_waits_for_the_board(credit, user, now):
    dispute = actions.dispute(credit=credit, note=NOTE, by=user, at=now)

    assert (dispute.state, dispute.holder, dispute.raised_by) == (DisputeState.OPEN, user.holder, user)


def test_the_same_form_sent_twice_is_one_dispute(credit, user, now):
    for _time in range(2):
        actions.dispute(credit=credit, note=NOTE, by=user, at=now)

    assert Dispute.objects.count() == 1


def test_a_second_dispute_waits_for_the_first_answer(credit, user, waiting, now):
    with pytest.raises(actions.DisputeRefused, match="Wait for its answer"):
        actions.dispute(credit=credit, note="And the day is wrong.", by=user, at=now)


def test_ones_own_record_is_not_disputed(user, now):
    with pytest.raises(actions.DisputeRefused, match="Correct or withdraw it"):
        actions.dispute(credit=CreditFactory(self_recorded=True), note=NOTE, by=user, at=now)


@pytest.mark.django_db(transaction=True)
def test_of_two_disputes_at_once_one_is_raised(credit, user, now, in_thread, until_blocked):
    with transaction.atomic():
        first = actions.dispute(credit=credit, note=NOTE, by=user, at=now)
        other = in_thread(lambda: actions.dispute(credit=credit, note=NOTE, by=user, at=now))
        until_blocked()

    assert other.result() == first


# --- Deciding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.UPHELD])
def test_an_answer_alone_changes_no_credit(decide, credit, registrar, now, outcome):
    dispute = decide(outcome)

    assert (dispute.decided_by, dispute.decided_at) == (registrar, now)
    assert dispute.state == (DisputeState.DECLINED if outcome == Outcome.DECLINED else DisputeState.UPHELD)
    assert Credit.objects.get().corrected_at is None


def test_the_holder_is_told_the_answer(decide, waiting):
    decide(Outcome.DECLINED)

    alert = Alert.objects.get()
    assert (alert.holder, alert.kind, alert.link) == (
        waiting.holder,
        AlertKind.DISPUTE_ANSWERED,
        reverse("education:dispute", args=[waiting.credit.uuid]),
    )
    assert alert.body == "Declined. We asked the provider."


def test_a_corrected_credit_says_what_the_board_says(decide, today):
    decide(Outcome.CORRECTED, correction=correction(today))

    assert (Credit.objects.get().title, Credit.objects.get().points) == ("Chemistry", Decimal("3.00"))


def test_what_is_not_theirs_counts_nowhere(user, credit, decide, now):
    AllocationFactory(cycle=CycleFactory(holder=user.holder), credit=credit)

    decide(Outcome.NOT_THEIRS)

    assert Credit.objects.get().withdrawn_at == now
    assert not Allocation.objects.exists()


def test_a_decision_twice_is_once(decide):
    first, second = decide(Outcome.UPHELD), decide(Outcome.UPHELD)

    assert first == second
    assert Alert.objects.count() == 1


def test_what_is_decided_is_not_decided_again(decide):
    decide(Outcome.UPHELD)

    with pytest.raises(actions.DisputeRefused, match="already been decided"):
        decide(Outcome.DECLINED)


def test_an_answer_is_needed(decide):
    with pytest.raises(actions.DisputeRefused) as refusal:
        decide(Outcome.DECLINED, answer=" ")

    assert refusal.value.field == "answer"


def test_nothing_is_corrected_to_a_day_to_come(decide, today):
    with pytest.raises(actions.DisputeRefused) as refusal:
        decide(Outcome.CORRECTED, correction=correction(today, completed_on=today + timedelta(days=1)))

    assert refusal.value.field == "completed_on"


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR, Role.PROVIDER])
def test_only_who_keeps_the_register_decides(decide, role):
    with pytest.raises(actions.DisputeRefused, match="may not decide"):
        decide(Outcome.UPHELD, by=UserFactory(roles=[role]))


def test_nobody_decides_on_their_own_dispute(decide, user):
    user.roles = [Role.REGISTRAR]
    user.save()

    with pytest.raises(actions.DisputeRefused, match="may not decide"):
        decide(Outcome.UPHELD, by=user)


def test_a_decision_that_fails_leaves_nothing(decide, credit, today):
    with pytest.raises(actions.DisputeRefused), transaction.atomic():
        decide(Outcome.CORRECTED, correction=correction(today))
        decide(Outcome.DECLINED)

    credit.refresh_from_db()
    assert (credit.corrected_at, Dispute.objects.get().state) == (None, DisputeState.OPEN)


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_stands(decide, in_thread, until_blocked):
    with transaction.atomic():
        decide(Outcome.UPHELD)
        other = in_thread(lambda: decide(Outcome.DECLINED))
        until_blocked()

    assert isinstance(other.exception(), actions.DisputeRefused)
    assert Dispute.objects.get().state == DisputeState.UPHELD
