"""A move that fails halfway leaves no trace: no state, step, share, decision, audit or alert."""

from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection

from accounts.actions import CompletedWithProblems
from accounts.models import Alert
from audits.models import Audit, AuditStep, Finding
from credentials.models import Cycle, RequirementSet
from declarations.enums import State
from declarations.models import Appeal, Declaration, DeclaredCredit, Seal, Step, Terms, Waiting
from education.models import Allocation
from tests.declarations.moving import WAYS, act, prepare

pytestmark = pytest.mark.django_db(transaction=True)
# What a move writes behind the state: its step, and at the end of the action what its holder is told.
WRITTEN_LATER = ["declarations_step", "accounts_alert"]
OF_AN_AUDIT = {"pass_audit": ["audits_auditstep", "accounts_alert"], "propose_failing": ["audits_auditstep"]}
CASES = [(way, table) for way in WAYS for table in OF_AN_AUDIT.get(way.split()[-1], WRITTEN_LATER)]


@pytest.fixture(autouse=True)
def _declarable(now):
    prepare()


@contextmanager
def nothing_goes_into(table):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT shut CHECK (false) NOT VALID")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT shut")


def everything():
    models = (Declaration, Step, DeclaredCredit, Seal, Terms, Appeal, Waiting, Allocation, Alert, Audit, AuditStep)
    rows = {model: list(model.objects.order_by("pk").values()) for model in models}
    rows |= {model: list(model.objects.order_by("pk").values()) for model in (Finding, Cycle)}
    rows[RequirementSet] = list(RequirementSet.objects.order_by("pk").values("frozen_at"))
    return rows


@pytest.mark.parametrize(("way", "table"), CASES)
def test_a_move_that_fails_half_way_leaves_nothing(way, table):
    *before, move = way.split()
    for name in before:
        act(name)
    rows = everything()

    # The roll names the declaration at its end instead, so as to keep no other from being renewed.
    error = pytest.raises(CompletedWithProblems) if move == "roll" else pytest.raises(IntegrityError, match="shut")
    with nothing_goes_into(table), error:
        act(move)

    assert everything() == rows


def test_the_same_moves_succeed_where_nothing_is_shut():
    states = {}
    for name in ("submit", "deny", "appeal", "overturn"):
        states[name] = act(name).state

    assert act("roll") == 1
    assert list(states.values()) == [State.SUBMITTED, State.DENIED, State.APPEALED, State.ELIGIBLE]


def test_the_audit_succeeds_where_nothing_is_shut():
    act("submit")

    assert act("select").declaration.state == State.UNDER_AUDIT
    for name in ("examine", "pass_audit"):
        act(name)
    assert act("approve").state == State.ELIGIBLE
