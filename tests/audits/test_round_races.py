"""Concurrent draws, submissions and decisions, over separate connections."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from audits import actions, rules
from audits.actions.rounds import seed_of
from audits.models import Audit, Entry, Round
from declarations.actions import MoveRefused, approve, submit, withdraw
from declarations.enums import Move, State
from declarations.models import Declaration, Step
from tests.at_once import at_once
from tests.audits.lots import ALL, AT, CUTOFF, DAY, DRAWN, NONE, opened, population
from tests.declarations.reviews import submitted
from tests.factories import AttestationFactory, HolderUserFactory, complete_cycle

pytestmark = pytest.mark.django_db(transaction=True)
JUST_BEFORE = CUTOFF - timedelta(microseconds=1)


def ready():
    """Somebody who can submit, and the call that does."""
    cycle = complete_cycle(at=AT)
    user, attestation = HolderUserFactory(holder=cycle.holder), AttestationFactory()
    return lambda at=JUST_BEFORE: submit(cycle=cycle, attestation=attestation, by=user, at=at)


def test_a_submission_the_draw_could_not_see_is_in_the_next_population(in_thread):
    """Received before the cut-off, written after the draw."""
    submits, first, second = ready(), opened(ALL), opened(ALL, cutoff=CUTOFF + DAY)
    with transaction.atomic():
        declaration = submits()
        drawn = in_thread(lambda: actions.draw(round=first, at=DRAWN)).result()

    actions.draw(round=second, at=DRAWN + DAY)

    assert (population(drawn), population(second)) == (set(), {declaration.number})
    assert Audit.objects.get().round == second


def test_everybody_who_submits_during_draws_is_in_exactly_one_population(in_thread):
    rounds = [opened(ALL), opened(NONE, cutoff=CUTOFF + DAY)]
    submits = [ready() for _one in range(4)]

    def submitting(two):
        return lambda: [one().number for one in two]

    def drawing(round):
        return lambda: actions.draw(round=round, at=DRAWN + DAY)

    pairs = submitting(submits[:2]), submitting(submits[2:])
    first, second, *_drawn = at_once(in_thread, *pairs, *[drawing(round) for round in rounds])
    last = actions.draw(round=opened(NONE, cutoff=CUTOFF + 2 * DAY), at=DRAWN + 2 * DAY)

    found = [population(round) for round in (*rounds, last)]
    assert sorted(number for one in found for number in one) == sorted(first + second)


def test_two_draws_at_once_are_one(in_thread, until_blocked):
    declaration, round = submitted(), opened(ALL)
    with transaction.atomic():
        first = actions.draw(round=round, at=DRAWN)
        second = in_thread(lambda: actions.draw(round=round, at=DRAWN + DAY))
        until_blocked()

    assert second.result().drawn_at == first.drawn_at == DRAWN
    assert Step.objects.filter(declaration=declaration, move=Move.AUDIT).count() == 1


def test_two_rounds_drawn_at_once_have_nobody_in_common(in_thread, until_blocked):
    declaration, first, second = submitted(), opened(ALL), opened(ALL, cutoff=CUTOFF + DAY)
    with transaction.atomic():
        actions.draw(round=first, at=DRAWN + DAY)
        drawing = in_thread(lambda: actions.draw(round=second, at=DRAWN + DAY))
        until_blocked()

    assert (population(first), population(drawing.result())) == ({declaration.number}, set())


def test_two_openings_at_once_are_one(in_thread):
    keys = at_once(in_thread, *[lambda: opened(ALL).pk] * 3)

    assert len(set(keys)) == 1
    assert Round.objects.count() == 1


def test_an_approval_that_comes_first_takes_its_declaration_out_of_the_draw(in_thread, until_blocked, reviewer):
    approved, other, round = submitted(), submitted(), opened(ALL)
    with transaction.atomic():
        approve(declaration=approved, by=reviewer, at=AT)
        drawing = in_thread(lambda: actions.draw(round=round, at=DRAWN))
        until_blocked()

    assert population(drawing.result()) == {other.number}
    assert [audit.declaration for audit in Audit.objects.all()] == [other]


def test_the_list_is_filled_up_where_somebody_was_approved_meanwhile(in_thread, until_blocked, reviewer):
    """Half of three are two; without the approved one, half of two are one."""
    declarations, round = [submitted() for _one in range(3)], opened(Decimal("0.5"))
    seed = seed_of(round)
    approved, next_one, _last = sorted(declarations, key=lambda one: rules.rank(seed, one.number))
    with transaction.atomic():
        approve(declaration=approved, by=reviewer, at=AT)
        drawing = in_thread(lambda: actions.draw(round=round, at=DRAWN))
        until_blocked()

    assert drawing.result().strata.values_list("population", "drawn").get() == (2, 1)
    assert Audit.objects.get().declaration == next_one


def test_an_approval_that_comes_second_finds_it_under_audit(in_thread, until_blocked, reviewer):
    declaration, round = submitted(), opened(ALL)

    def approving():
        approve(declaration=declaration, by=reviewer, at=DRAWN)

    with transaction.atomic():
        actions.draw(round=round, at=DRAWN)
        waiting = in_thread(approving)
        until_blocked()

    waiting.exception()
    assert Step.objects.filter(declaration=declaration).order_by("id").values_list("move", flat=True)[1] == Move.AUDIT
    assert Audit.objects.get().declaration == declaration


def test_a_withdrawal_during_the_draw_comes_too_late(in_thread, until_blocked):
    declaration, round = submitted(), opened(ALL)
    user = declaration.holder.user
    with transaction.atomic():
        actions.draw(round=round, at=DRAWN)
        waiting = in_thread(lambda: withdraw(declaration=declaration, by=user, at=DRAWN))
        until_blocked()

    assert isinstance(waiting.exception(), MoveRefused)
    assert Declaration.objects.get().state == State.UNDER_AUDIT


def test_a_withdrawal_just_before_the_draw_is_drawn_all_the_same(in_thread, until_blocked):
    declaration, round = submitted(), opened(ALL)
    with transaction.atomic():
        withdraw(declaration=declaration, by=declaration.holder.user, at=AT)
        drawing = in_thread(lambda: actions.draw(round=round, at=DRAWN))
        until_blocked()

    drawing.result()
    assert Entry.objects.get().is_drawn
    assert not Audit.objects.exists()


def test_a_rolling_round_is_revealed_after_those_who_are_submitting(in_thread, until_blocked):
    submits, round = ready(), opened(ALL, is_rolling=True)
    with transaction.atomic():
        declaration = submits()
        revealing = in_thread(lambda: actions.draw(round=round, at=DRAWN))
        until_blocked()

    assert population(revealing.result()) == {declaration.number}


def test_who_submits_while_a_rolling_round_is_revealed_is_not_held_up_and_not_lost(in_thread):
    submits, round = ready(), opened(ALL, is_rolling=True)
    with transaction.atomic():
        actions.draw(round=round, at=DRAWN)
        declaration = in_thread(submits).result()
    assert (declaration.state, population(round)) == (State.SUBMITTED, set())

    later = actions.draw(round=opened(NONE, cutoff=CUTOFF + DAY), at=DRAWN + DAY)

    assert population(later) == {declaration.number}
