"""Two concurrent decisions, or a decision and an action of the holder: only one succeeds."""

from datetime import date, timedelta

import pytest

from accounts.enums import Role
from credentials.models import Cycle
from declarations import actions
from declarations.enums import Grounds, Move, State
from declarations.models import Declaration, Step
from declarations.queries import verification_of
from tests.at_once import at_once
from tests.declarations.competing import corrects, small_cycle, submits
from tests.factories import AttestationFactory, UserFactory
from tests.planting import found

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cycle(now):
    return small_cycle(at=now)


@pytest.fixture
def user(cycle):
    return cycle.holder.user


@pytest.fixture
def submit(cycle, now):
    return submits(cycle, at=now)


@pytest.fixture
def correct(cycle, now):
    return corrects(cycle, at=now)


@pytest.fixture
def submitted(submit):
    submit()
    return Declaration.objects.get()


def reviewer():
    return UserFactory(roles=[Role.REVIEWER])


def decided(action, declaration, at, **said):
    """Calls an action; the state it led to, or that it was refused."""

    def call():
        try:
            return action(declaration=declaration, at=at, **said).state
        except actions.MoveRefused:
            return "refused"

    return call


PAIRS = {
    "approve": (actions.approve, {}, State.RENEWED),
    "deny": (actions.deny, {"note": "Not related."}, State.DENIED),
    "return": (actions.send_back, {"note": "Which course?"}, State.RETURNED),
}


@pytest.mark.parametrize("first", PAIRS)
@pytest.mark.parametrize("second", PAIRS)
def test_two_reviewers_at_once_make_one_decision(in_thread, submitted, now, first, second):
    calls = [decided(PAIRS[name][0], submitted, now, by=reviewer(), **PAIRS[name][1]) for name in (first, second)]

    states = at_once(in_thread, *calls)

    submitted.refresh_from_db()
    assert states.count("refused") == 1
    assert {*states} - {"refused"} == {submitted.state}
    assert found() == {}


def test_a_withdrawal_and_an_approval_at_once(in_thread, submitted, user, now):
    states = at_once(
        in_thread,
        decided(actions.withdraw, submitted, now, by=user),
        decided(actions.approve, submitted, now, by=reviewer()),
    )

    submitted.refresh_from_db()
    assert sorted(states) == sorted(["refused", submitted.state])
    assert found() == {}


@pytest.fixture
def denied(submitted, now):
    return actions.deny(declaration=submitted, by=reviewer(), at=now, note="Not related.")


def test_an_appeal_from_many_tabs_is_one(in_thread, denied, user, now):
    appeal = decided(actions.appeal, denied, now, by=user, grounds=Grounds.ILLNESS, letter="I was ill.")

    assert at_once(in_thread, appeal, appeal, appeal) == [State.APPEALED] * 3
    assert Step.objects.filter(move=Move.APPEAL).count() == 1
    assert found() == {}


def test_an_appeal_and_a_new_declaration_at_once(in_thread, denied, submit, user, now):
    """One of them is live, never both."""
    appeal = decided(actions.appeal, denied, now, by=user, grounds=Grounds.ILLNESS, letter="I was ill.")

    state, number = at_once(in_thread, appeal, submit)

    live = Declaration.objects.exclude(state__in=[State.DENIED, State.WITHDRAWN]).get()
    assert (state, live.number) in {(State.APPEALED, denied.number), ("refused", number)}
    assert found() == {}


def test_an_appeal_is_decided_once(in_thread, denied, user, now):
    actions.appeal(declaration=denied, by=user, at=now, grounds=Grounds.ILLNESS, letter="I was ill.")

    states = at_once(
        in_thread,
        decided(actions.uphold, denied, now, by=reviewer(), note="No."),
        decided(actions.overturn, denied, now, by=reviewer(), note="Yes."),
    )

    denied.refresh_from_db()
    assert sorted(states) == sorted(["refused", denied.state])
    assert found() == {}


def test_an_appeal_and_a_correction_at_once(in_thread, denied, correct, user, now):
    appeal = decided(actions.appeal, denied, now, by=user, grounds=Grounds.ILLNESS, letter="I was ill.")

    state, _nothing = at_once(in_thread, appeal, correct)

    assert state == State.APPEALED
    assert verification_of(denied.number).differences == ()
    assert found() == {}


def test_a_renewal_by_two_jobs_at_once_is_one(in_thread, cycle, user, now):
    early = now - timedelta(days=20)
    declaration = actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=early)
    actions.approve(declaration=declaration, by=reviewer(), at=early)

    renewed = at_once(in_thread, *[lambda: actions.roll(on=date(2026, 3, 1), at=now)] * 2)

    assert sorted(renewed) == [0, 1]
    assert Cycle.objects.filter(credential=cycle.credential).count() == 2
    assert found() == {}
