"""The moves of a declaration: the Board's own rules of review, one table for Python and the database."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

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
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def transitions() -> list[tuple[str, str]]:
    """Every pair (from, to) that some move allows."""
    return sorted({(str(before), str(after)) for befores, after in MOVES.values() for before in befores})


def can_move(state: str, move: Move) -> bool:
    """Whether the table allows the move from the state."""
    return state in MOVES[move][0]


@dataclass(frozen=True)
class DeclarationFacts:
    """What decides whether a cycle may be declared."""

    opens_on: date
    is_open: bool
    is_complete: bool
    is_revoked: bool


class Blocker(StrEnum):
    """Why a declaration can't be submitted now."""

    NOT_OPEN = "not_open"
    INCOMPLETE = "incomplete"
    CLOSED = "closed"
    REVOKED = "revoked"


def blockers(facts: DeclarationFacts, *, on: date) -> list[Blocker]:
    """Every reason against submitting on the Board's day `on`; none means it may be submitted.

    Source: ascp.org, submit-cmp-declaration (earliest 90 days before expiration).
    """
    found = {
        Blocker.CLOSED: not facts.is_open,
        Blocker.REVOKED: facts.is_revoked,
        Blocker.NOT_OPEN: on < facts.opens_on,
        Blocker.INCOMPLETE: not facts.is_complete,
    }
    return [blocker for blocker, holds in found.items() if holds]


def is_late(received_on: date, advised_until: date) -> bool:
    """Whether the receipt came after the advised last day. Source: ascp.org, submit-cmp-declaration."""
    return received_on > advised_until


def chained(previous: str, content: Mapping[str, object]) -> str:
    """SHA-256 over the hash before and the content in one canonical form."""
    return hashlib.sha256(f"{previous}\n{CANONICAL.encode(content)}".encode()).hexdigest()
