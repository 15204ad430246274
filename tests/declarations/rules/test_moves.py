"""The transition table and the chain of signed content, without a database."""

from datetime import date
from hashlib import sha256

import pytest

from declarations.enums import Move, Stage, State
from declarations.rules import (
    LIVE,
    MOVES,
    UNDECIDED,
    Blocker,
    DeclarationFacts,
    Timing,
    blockers,
    can_move,
    chained,
    digest_of,
    is_under_review,
    stage,
    timing,
    transitions,
)

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
    Move.AMEND: {"under_audit"},
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
        (Move.AMEND, State.UNDER_AUDIT),
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

    assert transitions() == sorted(pair for pair in pairs if pair[0] != pair[1])


def test_amending_alone_leads_from_a_state_to_itself():
    assert [move for move, (befores, after) in MOVES.items() if after in befores] == [Move.AMEND]


def test_live_is_neither_withdrawn_nor_denied():
    assert set(State) - LIVE == {State.WITHDRAWN, State.DENIED}


def test_undecided_is_live():
    assert UNDECIDED <= LIVE


def test_a_chain_covers_the_hash_before_and_the_content_in_one_form():
    text = '{"points":"2.00","title":"Ætiology"}'

    assert chained("", {"title": "Ætiology", "points": "2.00"}) == sha256(f"\n{text}".encode()).hexdigest()
    assert chained("ab", {"points": "2.00", "title": "Ætiology"}) == sha256(f"ab\n{text}".encode()).hexdigest()


def test_a_digest_covers_the_content_in_one_form():
    assert digest_of({"b": "2", "a": "Ä"}) == sha256('{"a":"Ä","b":"2"}'.encode()).hexdigest()


# --- Days: the declaration opens on 31 December 2025, is advised until 28 February, the cycle ends on 31 March ------

OPENS, ADVISED, ENDS = date(2025, 12, 31), date(2026, 2, 28), date(2026, 3, 31)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 12, 30), Timing.EARLY),
        (OPENS, Timing.ADVISED),
        (ADVISED, Timing.ADVISED),
        (date(2026, 3, 1), Timing.LATE),
        (ENDS, Timing.LATE),
        (date(2026, 4, 1), Timing.REINSTATEMENT),
    ],
)
def test_timing_is_early_advised_late_or_reinstatement(on, expected):
    assert timing(on, opens_on=OPENS, advised_until=ADVISED, ends_on=ENDS) == expected


def test_what_opens_after_the_advised_day_is_late_at_once():
    assert timing(date(2026, 3, 1), opens_on=date(2026, 3, 10), advised_until=ADVISED, ends_on=ENDS) == Timing.LATE


@pytest.mark.parametrize(
    ("on", "until", "expected"),
    [
        (date(2026, 4, 1), None, []),
        (date(2029, 3, 31), date(2029, 3, 31), []),
        (date(2029, 4, 1), date(2029, 3, 31), [Blocker.EXAMINATION]),
    ],
)
def test_expired_too_long_ago_needs_an_examination(on, until, expected):
    facts = DeclarationFacts(opens_on=OPENS, is_open=True, is_complete=True, is_revoked=False, reinstated_until=until)

    assert blockers(facts, on=on) == expected


@pytest.mark.parametrize(
    ("newest", "is_complete", "on", "expected"),
    [
        (None, False, date(2025, 12, 30), Stage.ON_TRACK),
        (None, True, date(2025, 12, 30), Stage.ON_TRACK),
        (None, False, OPENS, Stage.OPEN),
        (None, True, OPENS, Stage.READY),
        (None, False, date(2026, 4, 1), Stage.OPEN),
        (None, True, date(2026, 4, 1), Stage.READY),
        *((state, complete, on, state) for state in State for complete in (True, False) for on in (OPENS, ENDS)),
    ],
)
def test_stage_is_the_newest_declaration_else_how_near_one_is(newest, is_complete, on, expected):
    assert stage(newest, is_complete=is_complete, opens_on=OPENS, on=on) == expected


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(
    ("received_on", "in_time"),
    [(None, False), (ENDS, True), (date(2026, 4, 1), False)],
    ids=["none", "last day", "late"],
)
def test_under_review_is_declared_in_time_and_undecided(state, received_on, in_time):
    expected = in_time and state in {State.SUBMITTED, State.UNDER_AUDIT, State.APPEALED}

    assert is_under_review(state, received_on, ends_on=ENDS) == expected
