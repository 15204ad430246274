"""The moves of a declaration: the Board's own rules of review, one table for Python and the database."""

from declarations.enums import Move, State

# Source: the Board's description of submission, review, audit, appeal and renewal (submit-cmp-declaration).
MOVES: dict[Move, tuple[frozenset[State], State]] = {
    Move.SUBMIT: (frozenset({State.DRAFT, State.RETURNED}), State.SUBMITTED),
    Move.AUDIT: (frozenset({State.SUBMITTED}), State.UNDER_AUDIT),
    Move.RETURN: (frozenset({State.SUBMITTED, State.UNDER_AUDIT}), State.RETURNED),
    Move.APPROVE: (frozenset({State.SUBMITTED, State.UNDER_AUDIT}), State.ELIGIBLE),
    Move.DENY: (frozenset({State.SUBMITTED, State.UNDER_AUDIT}), State.DENIED),
    Move.APPEAL: (frozenset({State.DENIED}), State.APPEALED),
    Move.UPHOLD: (frozenset({State.APPEALED}), State.DENIED),
    Move.OVERTURN: (frozenset({State.APPEALED}), State.ELIGIBLE),
    Move.WITHDRAW: (frozenset({State.DRAFT, State.SUBMITTED, State.RETURNED}), State.WITHDRAWN),
    Move.RENEW: (frozenset({State.ELIGIBLE}), State.RENEWED),
}

LIVE = frozenset(State) - {State.WITHDRAWN, State.DENIED}
UNDECIDED = frozenset({State.SUBMITTED, State.UNDER_AUDIT, State.APPEALED})
# In these states nobody may change what was declared.
FROZEN = frozenset({State.SUBMITTED, State.UNDER_AUDIT, State.ELIGIBLE, State.DENIED, State.APPEALED, State.RENEWED})


def transitions() -> list[tuple[str, str]]:
    """Every pair (from, to) that some move allows."""
    return sorted({(str(before), str(after)) for befores, after in MOVES.values() for before in befores})


def can_move(state: str, move: Move) -> bool:
    """Whether the table allows the move from the state."""
    return state in MOVES[move][0]
