"""A selection sticks to the cycle: neither withdrawal nor return avoids the audit."""

from datetime import timedelta

import pytest

from audits import actions
from audits.models import Audit
from declarations.actions import approve, send_back, withdraw
from declarations.enums import State
from tests.audits.lots import AT, CUTOFF, DAY, DRAWN, NONE, again, opened, population
from tests.declarations.reviews import submitted as whole_submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def declaration():
    return whole_submission()


def test_a_withdrawal_before_the_draw_does_not_escape(declaration):
    round = opened()
    withdraw(declaration=declaration, by=declaration.holder.user, at=AT + DAY)
    actions.draw(round=round, at=DRAWN)
    assert not Audit.objects.exists()

    new = again(declaration, at=DRAWN + DAY)

    assert new.pk != declaration.pk
    assert (new.state, Audit.objects.get().declaration, Audit.objects.get().round) == (State.UNDER_AUDIT, new, round)


def test_a_new_declaration_after_the_cutoff_does_not_escape(declaration):
    """Withdrawn and declared anew between the cut-off and the draw."""
    round = opened()
    withdraw(declaration=declaration, by=declaration.holder.user, at=CUTOFF)
    new = again(declaration, at=CUTOFF + timedelta(hours=1))

    actions.draw(round=round, at=DRAWN)

    assert (population(round), Audit.objects.get().declaration) == ({declaration.number}, new)


def test_two_declarations_of_a_cycle_are_one_lot(declaration):
    round = opened(NONE)
    withdraw(declaration=declaration, by=declaration.holder.user, at=AT + DAY)
    new = again(declaration, at=AT + 2 * DAY)

    actions.draw(round=round, at=DRAWN)

    assert population(round) == {new.number}


def test_returned_from_an_audit_and_submitted_again_it_is_under_the_same(declaration, reviewer):
    actions.draw(round=opened(), at=DRAWN)
    declaration.refresh_from_db()
    send_back(declaration=declaration, by=reviewer, at=DRAWN, note="A page is missing.")

    back = again(declaration, at=DRAWN + DAY)

    assert (back.pk, back.state, Audit.objects.count()) == (declaration.pk, State.UNDER_AUDIT, 1)


def test_withdrawn_while_returned_from_an_audit_the_next_is_selected(declaration, reviewer):
    round = actions.draw(round=opened(), at=DRAWN)
    declaration.refresh_from_db()
    send_back(declaration=declaration, by=reviewer, at=DRAWN, note="A page is missing.")
    withdraw(declaration=declaration, by=declaration.holder.user, at=DRAWN)

    new = again(declaration, at=DRAWN + DAY)

    assert (new.state, new.audit.round) == (State.UNDER_AUDIT, round)


def test_returned_before_the_draw_and_drawn_it_is_selected_when_it_comes_back(declaration, reviewer):
    round = opened()
    send_back(declaration=declaration, by=reviewer, at=AT + DAY, note="A page is missing.")
    actions.draw(round=round, at=DRAWN)
    declaration.refresh_from_db()
    assert declaration.state == State.RETURNED

    back = again(declaration, at=DRAWN + DAY)

    assert (back.state, back.audit.round) == (State.UNDER_AUDIT, round)


def test_who_was_not_drawn_is_not_drawn_from_again(declaration, reviewer):
    actions.draw(round=opened(NONE), at=DRAWN)
    send_back(declaration=declaration, by=reviewer, at=DRAWN, note="A page is missing.")
    again(declaration, at=DRAWN + DAY)

    later = actions.draw(round=opened(cutoff=DRAWN + 2 * DAY), at=DRAWN + 3 * DAY)

    assert population(later) == set()


def test_an_approved_declaration_is_drawn_from_by_no_round(declaration, reviewer):
    round = opened()
    approve(declaration=declaration, by=reviewer, at=AT + DAY)

    assert population(actions.draw(round=round, at=DRAWN)) == set()
