"""The table of moves and the chain of what was signed, without a database."""

from hashlib import sha256

import pytest

from declarations.enums import Move, State
from declarations.rules import LIVE, MOVES, UNDECIDED, can_move, chained, transitions

# Move -> from where it is allowed, as the Board describes it.
ALLOWED = {
    Move.SUBMIT: {"draft", "returned"},
    Move.AUDIT: {"submitted"},
    Move.RETURN: {"submitted", "under_audit"},
    Move.APPROVE: {"submitted", "under_audit"},
    Move.DENY: {"submitted", "under_audit"},
    Move.APPEAL: {"denied"},
    Move.UPHOLD: {"appealed"},
    Move.OVERTURN: {"appealed"},
    Move.WITHDRAW: {"draft", "submitted", "returned"},
    Move.RENEW: {"eligible"},
}


@pytest.mark.parametrize("move", Move)
def test_move_is_allowed_from_these_states_only(move):
    assert {state for state in State.values if can_move(state, move)} == ALLOWED[move]


@pytest.mark.parametrize(
    ("move", "after"),
    [
        (Move.SUBMIT, State.SUBMITTED),
        (Move.AUDIT, State.UNDER_AUDIT),
        (Move.RETURN, State.RETURNED),
        (Move.APPROVE, State.ELIGIBLE),
        (Move.DENY, State.DENIED),
        (Move.APPEAL, State.APPEALED),
        (Move.UPHOLD, State.DENIED),
        (Move.OVERTURN, State.ELIGIBLE),
        (Move.WITHDRAW, State.WITHDRAWN),
        (Move.RENEW, State.RENEWED),
    ],
)
def test_move_leads_to(move, after):
    assert MOVES[move][1] == after


def test_every_move_is_in_the_table():
    assert set(MOVES) == set(Move)


def test_no_state_is_unreachable():
    reached = {State.DRAFT}

    for _ in State:
        reached |= {after for befores, after in MOVES.values() if befores & reached}

    assert reached == set(State)


@pytest.mark.parametrize("state", sorted(set(State) - {State.WITHDRAWN, State.RENEWED}))
def test_nothing_is_a_dead_end_but_the_end(state):
    assert [move for move in Move if can_move(state, move)] != []


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.RENEWED])
def test_nothing_moves_at_the_end(state):
    assert [move for move in Move if can_move(state, move)] == []


def test_transitions_are_the_pairs_of_the_table():
    pairs = {(before, MOVES[move][1].value) for move, befores in ALLOWED.items() for before in befores}

    assert transitions() == sorted(pairs)


def test_no_move_leads_from_a_state_to_itself():
    assert [pair for pair in transitions() if pair[0] == pair[1]] == []


def test_live_is_neither_withdrawn_nor_denied():
    assert set(State) - LIVE == {State.WITHDRAWN, State.DENIED}


def test_undecided_is_live():
    assert UNDECIDED <= LIVE


def test_a_chain_covers_the_hash_before_and_the_content_in_one_form():
    text = '{"points":"2.00","title":"Ætiology"}'

    assert chained("", {"title": "Ætiology", "points": "2.00"}) == sha256(f"\n{text}".encode()).hexdigest()
    assert chained("ab", {"points": "2.00", "title": "Ætiology"}) == sha256(f"ab\n{text}".encode()).hexdigest()
