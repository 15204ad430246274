"""The moves of an audit, one table for Python and the database, and what its findings lead to."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from audits.enums import AuditMove, AuditState, Verdict
from declarations.enums import Move

# Source: the Board's description of the audit (submit-cmp-declaration). None: the audit stays where it is.
MOVES: dict[AuditMove, tuple[frozenset[AuditState], AuditState | None]] = {
    AuditMove.REQUEST: (frozenset({AuditState.SELECTED}), AuditState.REQUESTED),
    AuditMove.HAND_IN: (frozenset({AuditState.REQUESTED, AuditState.MORE_NEEDED}), AuditState.RECEIVED),
    AuditMove.BEGIN: (
        frozenset({AuditState.RECEIVED, AuditState.REQUESTED, AuditState.MORE_NEEDED}),
        AuditState.UNDER_REVIEW,
    ),
    AuditMove.ASK_MORE: (frozenset({AuditState.UNDER_REVIEW}), AuditState.MORE_NEEDED),
    AuditMove.PASS: (frozenset({AuditState.UNDER_REVIEW}), AuditState.PASSED),
    AuditMove.PROPOSE: (frozenset({AuditState.UNDER_REVIEW}), None),
    AuditMove.FAIL: (frozenset({AuditState.UNDER_REVIEW}), AuditState.FAILED),
    AuditMove.TAKE: (frozenset(AuditState) - {AuditState.PASSED, AuditState.FAILED}, None),
    AuditMove.EXTEND: (frozenset({AuditState.REQUESTED, AuditState.MORE_NEEDED}), None),
}
DECIDED = frozenset({AuditState.PASSED, AuditState.FAILED})
OPEN = frozenset(AuditState) - DECIDED
# The holder has the word; the Board waits.
WITH_HOLDER = frozenset({AuditState.REQUESTED, AuditState.MORE_NEEDED})
# How a declaration may leave its audit. Returned while the audit is open, it comes back into the same one.
LEADS_TO: dict[AuditState, frozenset[Move]] = {
    **{state: frozenset({Move.RETURN}) for state in OPEN},
    AuditState.PASSED: frozenset({Move.APPROVE, Move.RETURN}),
    AuditState.FAILED: frozenset({Move.DENY}),
}


def transitions() -> list[tuple[str, str]]:
    """Every change (from, to) that some move makes."""
    return sorted({(str(one), str(after)) for befores, after in MOVES.values() if after for one in befores})


def can_move(state: str, move: AuditMove) -> bool:
    """Whether the table allows the move from the state."""
    return state in MOVES[move][0]


def may_follow(state: str, move: Move) -> bool:
    """Whether a declaration may be moved out of its audit, which is in this state."""
    return move in LEADS_TO.get(AuditState(state), frozenset())


def proposed(verdicts: Collection[Verdict | None], *, is_complete: bool, asked_before: bool) -> AuditMove | None:
    """The outcome that the findings suggest; None while a credit has none. A person decides.

    Source: submit-cmp-declaration: who lacks something may first bring other activities completed in the window.
    """
    if not verdicts or None in verdicts:
        return None
    if Verdict.UNCLEAR not in verdicts and is_complete:
        return AuditMove.PASS
    return AuditMove.FAIL if asked_before and not is_complete else AuditMove.ASK_MORE


def due_on(on: date, days: int | None) -> date | None:
    """The day until which something is expected; None where the Board has set no period."""
    return None if days is None else on + timedelta(days=days)


def reminder(on: date, due: date, steps: Iterable[int]) -> int | None:
    """The nearest threshold that has passed, in days before the due day; None before the first.

    After the due day it is -1, for good.
    """
    left = (due - on).days
    if left < 0:
        return -1
    return min((step for step in steps if left <= step), default=None)
