"""Reviewers' claims on a declaration: taken, expired, taken over, released, concurrent."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.enums import Role
from audits.actions import select
from declarations import actions
from declarations.enums import Ruled, State
from declarations.models import AtWork
from tests.declarations.reviews import LATER, credit_in, ruling, submitted
from tests.factories import UserFactory, in_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def declaration():
    return submitted()


@pytest.fixture
def rule(declaration, reviewer):
    return ruling(declaration, reviewer)


def test_what_a_colleague_has_is_not_taken(declaration, reviewer):
    actions.claim(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)

    with pytest.raises(actions.MoveRefused, match="got to it first"):
        actions.claim(declaration=declaration, by=reviewer, at=LATER)


@pytest.mark.parametrize("decide", [actions.approve, actions.send_back, actions.deny])
def test_what_a_colleague_has_is_not_decided(declaration, reviewer, decide):
    actions.claim(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)

    with pytest.raises(actions.MoveRefused, match="is working on this declaration"):
        decide(declaration=declaration, by=reviewer, at=LATER, note="As the file shows.")


def test_what_a_colleague_has_is_not_judged(declaration, rule):
    actions.claim(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)

    with pytest.raises(actions.MoveRefused, match="is working on this declaration"):
        rule(Ruled.ACCEPTED)


def test_its_holder_withdraws_it_all_the_same(declaration, reviewer):
    actions.claim(declaration=declaration, by=reviewer, at=LATER)

    withdrawn = actions.withdraw(declaration=declaration, by=declaration.holder.user, at=LATER)

    assert (withdrawn.state, AtWork.objects.count()) == (State.WITHDRAWN, 0)


@pytest.mark.parametrize(("minutes", "taken"), [(29, False), (30, True)])
def test_a_claim_lapses(declaration, reviewer, settings, minutes, taken):
    settings.REVIEW_LEASE_MINUTES = 30
    actions.claim(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)

    later = LATER + timedelta(minutes=minutes)
    with suppress(actions.MoveRefused):
        actions.claim(declaration=declaration, by=reviewer, at=later)

    assert (AtWork.objects.get().taken_by == reviewer) is taken


@pytest.mark.parametrize(("minutes", "state"), [(29, State.SUBMITTED), (30, State.DENIED)])
def test_a_claim_that_has_lapsed_keeps_nobody_from_deciding(declaration, reviewer, settings, minutes, state):
    settings.REVIEW_LEASE_MINUTES = 30
    actions.claim(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)

    later = LATER + timedelta(minutes=minutes)
    with suppress(actions.MoveRefused):
        actions.deny(declaration=declaration, by=reviewer, at=later, note="As the file shows.")

    declaration.refresh_from_db()
    assert declaration.state == state


def test_what_is_put_under_audit_is_given_back(declaration, reviewer, auditor):
    actions.claim(declaration=declaration, by=reviewer, at=LATER)

    select(declaration=declaration, by=auditor, at=LATER)

    assert not AtWork.objects.exists()


def test_ones_own_claim_is_kept_longer(declaration, reviewer):
    for minutes in (0, 20):
        actions.claim(declaration=declaration, by=reviewer, at=LATER + timedelta(minutes=minutes))

    assert AtWork.objects.get().taken_at == LATER + timedelta(minutes=20)


def test_taking_over_is_said_out_loud(declaration, reviewer):
    colleague = UserFactory(roles=[Role.REVIEWER])
    actions.claim(declaration=declaration, by=colleague, at=LATER)

    actions.take_over(declaration=declaration, seen=colleague.pk, by=reviewer, at=LATER)

    assert AtWork.objects.get().taken_by == reviewer


def test_nobody_takes_over_from_another_than_they_saw(declaration, reviewer):
    first, second = (UserFactory(roles=[Role.REVIEWER]) for _time in range(2))
    actions.claim(declaration=declaration, by=second, at=LATER)

    with pytest.raises(actions.MoveRefused, match="Check again"):
        actions.take_over(declaration=declaration, seen=first.pk, by=reviewer, at=LATER)


def test_giving_back_twice_changes_nothing(declaration, reviewer):
    actions.claim(declaration=declaration, by=reviewer, at=LATER)

    for _time in range(2):
        actions.release(declaration=declaration, by=reviewer, at=LATER)

    assert not AtWork.objects.exists()


def test_nobody_gives_back_what_another_has(declaration, reviewer):
    actions.claim(declaration=declaration, by=reviewer, at=LATER)

    actions.release(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)

    assert AtWork.objects.get().taken_by == reviewer


@pytest.mark.parametrize("state", [State.RETURNED, State.ELIGIBLE])
def test_what_is_decided_is_not_taken(declaration, reviewer, state):
    in_state(declaration, state)

    with pytest.raises(actions.MoveRefused, match="already been decided"):
        actions.claim(declaration=declaration, by=reviewer, at=LATER)


# --- At once ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_take_it_at_once(in_thread, until_blocked):
    declaration = submitted()
    first, second = (UserFactory(roles=[Role.REVIEWER]) for _time in range(2))

    with transaction.atomic():
        actions.claim(declaration=declaration, by=first, at=LATER)
        other = in_thread(lambda: actions.claim(declaration=declaration, by=second, at=LATER))
        until_blocked()

    assert "got to it first" in str(other.exception())
    assert AtWork.objects.get().taken_by == first


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_decide_at_once(in_thread, until_blocked):
    declaration = submitted()
    first, second = (UserFactory(roles=[Role.REVIEWER]) for _time in range(2))

    with transaction.atomic():
        actions.approve(declaration=declaration, by=first, at=LATER)
        other = in_thread(lambda: actions.deny(declaration=declaration, by=second, at=LATER, note="No."))
        until_blocked()

    assert "no longer possible" in str(other.exception())


@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_the_decision(in_thread, until_blocked):
    declaration = submitted()
    first, second = (UserFactory(roles=[Role.REVIEWER]) for _time in range(2))

    with transaction.atomic():
        actions.approve(declaration=declaration, by=first, at=LATER)
        other = in_thread(lambda: actions.claim(declaration=declaration, by=second, at=LATER))
        until_blocked()

    assert "already been decided" in str(other.exception())


@pytest.mark.django_db(transaction=True)
def test_a_decision_waits_for_a_ruling(in_thread, until_blocked):
    declaration = submitted()
    reviewer = UserFactory(roles=[Role.REVIEWER])
    credit = credit_in(declaration, "ethics")

    with transaction.atomic():
        actions.rule(declaration=declaration, credit=credit, outcome=Ruled.REFUSED, reason="No.", by=reviewer, at=LATER)
        other = in_thread(lambda: actions.approve(declaration=declaration, by=reviewer, at=LATER))
        until_blocked()

    assert "1 point in medical ethics" in str(other.exception())
