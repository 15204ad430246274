"""Every move that fails half-way leaves nothing: neither state nor step, share, decision or alert."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import ProgrammingError, connection

from accounts.enums import Role
from accounts.models import Alert
from credentials.models import Cycle, RequirementSet
from declarations import actions
from declarations.enums import Grounds, State
from declarations.models import Appeal, Declaration, DeclaredCredit, Seal, Step, Terms
from education.models import Allocation
from tests.factories import (
    AttestationFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
    allocate_all,
)

pytestmark = pytest.mark.django_db(transaction=True)
LETTER = {"grounds": Grounds.ILLNESS, "letter": "I was ill."}
# What leads to the state from which each move is tried.
WAYS = {
    "submit": [],
    "withdraw": ["submit"],
    "approve": ["submit"],
    "send_back": ["submit"],
    "deny": ["submit"],
    "appeal": ["submit", "deny"],
    "uphold": ["submit", "deny", "appeal"],
    "overturn": ["submit", "deny", "appeal"],
    "roll": ["submit", "approve"],
}


@pytest.fixture
def act(now):
    """Does something with the one declaration there is, three weeks before its month of expiry."""
    at = now - timedelta(days=20)
    cycle = CycleFactory(
        requirement_set=MlsRequirementSetFactory(), starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31)
    )
    allocate_all(cycle)
    user, attestation = HolderUserFactory(holder=cycle.holder), AttestationFactory()
    board = [UserFactory(roles=[Role.REVIEWER]) for _reviewer in range(2)]

    def call(name):
        if name == "submit":
            return actions.submit(cycle=cycle, attestation=attestation, by=user, at=at)
        if name == "roll":
            return actions.roll(on=date(2026, 3, 1), at=now)
        said = LETTER if name == "appeal" else {} if name == "withdraw" else {"note": "As the file shows."}
        by = user if name in ("appeal", "withdraw") else board[name in ("uphold", "overturn")]
        return getattr(actions, name)(declaration=Declaration.objects.get(), by=by, at=at, **said)

    return call


@contextmanager
def nobody_can_be_told():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_alert RENAME TO away")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE away RENAME TO accounts_alert")


def everything():
    rows = {}
    for model in (Declaration, Step, DeclaredCredit, Seal, Terms, Appeal, Allocation, Alert):
        rows[model] = list(model.objects.order_by("pk").values())
    rows[Cycle] = list(Cycle.objects.order_by("pk").values())
    rows[RequirementSet] = list(RequirementSet.objects.order_by("pk").values("frozen_at"))
    return rows


@pytest.mark.parametrize("move", WAYS)
def test_a_move_that_fails_half_way_leaves_nothing(act, move):
    for name in WAYS[move]:
        act(name)
    before = everything()

    with nobody_can_be_told(), pytest.raises(ProgrammingError):
        act(move)

    assert everything() == before


def test_the_same_moves_succeed_where_the_holder_can_be_told(act):
    states = {}
    for name in ("submit", "deny", "appeal", "overturn"):
        states[name] = act(name).state

    assert act("roll") == 1
    assert list(states.values()) == [State.SUBMITTED, State.DENIED, State.APPEALED, State.ELIGIBLE]
