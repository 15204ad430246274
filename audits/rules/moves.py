"""State machine of an audit, as one table for Python and the database, and the outcome its findings suggest."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from audits.enums import AuditMove, AuditState, Verdict
from declarations.enums import Move

# Source: the Board's description of the audit (submit-cmp-declaration). Target None: the state does not change.
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
# Moves that the holder is not told about.
AMONG_STAFF = frozenset({AuditMove.PROPOSE, AuditMove.TAKE})
# States in which the Board waits for the holder.
WITH_HOLDER = frozenset({AuditState.REQUESTED, AuditState.MORE_NEEDED})
# How a declaration may leave its audit. If returned while the audit is open, it comes back to the same audit.
LEADS_TO: dict[AuditState, frozenset[Move]] = {
    **{state: frozenset({Move.RETURN}) for state in OPEN},
    AuditState.PASSED: frozenset({Move.APPROVE, Move.RETURN}),
    AuditState.FAILED: frozenset({Move.DENY}),
}


def transitions() -> list[tuple[str, str]]:
    """All state changes as (from, to) pairs."""
    return sorted({(str(one), str(after)) for befores, after in MOVES.values() if after for one in befores})


def can_move(state: str, move: AuditMove) -> bool:
    """Whether the move is allowed in this state."""
    return state in MOVES[move][0]


def may_follow(state: str, move: Move) -> bool:
    """Whether this move of the declaration is allowed while its audit is in this state."""
    return move in LEADS_TO.get(AuditState(state), frozenset())


def proposed(verdicts: Collection[Verdict | None], *, is_complete: bool, asked_before: bool) -> AuditMove | None:
    """The outcome that the findings suggest, for a person to decide; None while a credit has no finding.

    Source: submit-cmp-declaration: a holder who falls short may first submit other activities completed in the
    window.
    """
    if not verdicts or None in verdicts:
        return None
    if Verdict.UNCLEAR not in verdicts and is_complete:
        return AuditMove.PASS
    return AuditMove.FAIL if asked_before and not is_complete else AuditMove.ASK_MORE


def due_on(on: date, days: int | None) -> date | None:
    """The due date, `days` after `on`; None if the Board has set no period."""
    return None if days is None else on + timedelta(days=days)


def reminder(on: date, due: date, steps: Iterable[int]) -> int | None:
    """The last reminder threshold passed, in days before the due date; None before the first.

    After the due date it is always -1.
    """
    left = (due - on).days
    if left < 0:
        return -1
    return min((step for step in steps if left <= step), default=None)
