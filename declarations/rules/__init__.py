"""State machine of a declaration: the Board's review rules, one transition table for Python and the database."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from declarations.enums import Move, Stage, State

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
    Move.AMEND: (frozenset({State.UNDER_AUDIT}), State.UNDER_AUDIT),
}

# Moves that sign a submission, which is frozen alongside the earlier ones.
SIGNED_BY = frozenset({Move.SUBMIT, Move.AMEND})

LIVE = frozenset(State) - {State.WITHDRAWN, State.DENIED}
UNDECIDED = frozenset({State.SUBMITTED, State.UNDER_AUDIT, State.APPEALED})
# An appealed declaration keeps the decision that the appeal is about.
DECIDED = frozenset({State.ELIGIBLE, State.DENIED, State.APPEALED, State.RENEWED})
# Credits are judged one by one only until the declaration is decided.
IN_REVIEW = frozenset({State.SUBMITTED, State.UNDER_AUDIT})
# The holder answers the Board's notes on the declaration's page; under audit, on the audit's page.
ANSWERABLE = frozenset({State.SUBMITTED, State.RETURNED, State.APPEALED})
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def transitions() -> list[tuple[str, str]]:
    """All state changes (from, to) that some move makes; moves that keep the state are left out."""
    pairs = {(str(before), str(after)) for befores, after in MOVES.values() for before in befores}
    return sorted(pair for pair in pairs if pair[0] != pair[1])


def can_move(state: str, move: Move) -> bool:
    """Whether the transition table allows the move from the state."""
    return state in MOVES[move][0]


@dataclass(frozen=True)
class DeclarationFacts:
    """The facts that decide whether a declaration may be submitted for a cycle."""

    opens_on: date
    is_open: bool
    is_complete: bool
    is_revoked: bool
    # The last day on which an expired credential can still be reinstated; None if the Board has set none.
    reinstated_until: date | None = None


class Blocker(StrEnum):
    """Why a declaration can't be submitted now."""

    NOT_OPEN = "not_open"
    INCOMPLETE = "incomplete"
    CLOSED = "closed"
    REVOKED = "revoked"
    EXAMINATION = "examination"


def blockers(facts: DeclarationFacts, *, on: date) -> list[Blocker]:
    """All reasons why a declaration can't be submitted on `on`, a date in the Board's time zone; empty if it can.

    Source: ascp.org, submit-cmp-declaration (earliest 90 days before expiration).
    """
    found = {
        Blocker.CLOSED: not facts.is_open,
        Blocker.REVOKED: facts.is_revoked,
        Blocker.EXAMINATION: facts.reinstated_until is not None and on > facts.reinstated_until,
        Blocker.NOT_OPEN: on < facts.opens_on,
        Blocker.INCOMPLETE: not facts.is_complete,
    }
    return [blocker for blocker, holds in found.items() if holds]


class Timing(StrEnum):
    """How early or late a submission is."""

    EARLY = "early"
    ADVISED = "advised"
    LATE = "late"
    REINSTATEMENT = "reinstatement"


def timing(on: date, *, opens_on: date, advised_until: date, ends_on: date) -> Timing:
    """Classify a submission on `on`, a date in the Board's time zone, by the advised last day and the end of the cycle.

    Source: ascp.org, submit-cmp-declaration; reinstatement: QIHC page.
    """
    if on > ends_on:
        return Timing.REINSTATEMENT
    if on > advised_until:
        return Timing.LATE
    return Timing.ADVISED if on >= opens_on else Timing.EARLY


def stage(newest: State | None, *, is_complete: bool, opens_on: date, on: date) -> State | Stage:
    """The holder's progress in a cycle: the newest declaration's state, or how close they are to declaring."""
    if newest is not None:
        return newest
    if on < opens_on:
        return Stage.ON_TRACK
    return Stage.READY if is_complete else Stage.OPEN


def is_under_review(state: State, received_on: date | None, *, ends_on: date) -> bool:
    """Whether a declaration was received in time and is undecided, so that its credential doesn't count as expired."""
    return state in UNDECIDED and received_on is not None and received_on <= ends_on


def is_late(received_on: date, advised_until: date) -> bool:
    """Whether the declaration was received after the advised last day. Source: ascp.org, submit-cmp-declaration."""
    return received_on > advised_until


def digest_of(content: Mapping[str, object]) -> str:
    """SHA-256 of the content's canonical JSON."""
    return hashlib.sha256(CANONICAL.encode(content).encode()).hexdigest()


def chained(previous: str, content: Mapping[str, object]) -> str:
    """SHA-256 of the previous hash and the content's canonical JSON: a link of a hash chain."""
    return hashlib.sha256(f"{previous}\n{CANONICAL.encode(content)}".encode()).hexdigest()


# Heuristics for reviewers, not rules of the Board: they block nothing, and each says why it applies.
LARGE_SHARE = Decimal("0.5")  # as a fraction of the required total
HOURS_OF_A_DAY = Decimal(24)
LAST_DAYS = 7  # up to and including the day of receipt


@dataclass(frozen=True)
class DeclaredFacts:
    """A declared credit as input to `unusual`; `hours` are contact hours, None if it has none."""

    title: str
    points: Decimal
    hours: Decimal | None
    completed_on: date
    is_self_recorded: bool
    recorded_on: date


class Oddity(StrEnum):
    """Why credits are unusual."""

    LARGE = "large"
    CROWDED_DAY = "crowded_day"
    RECORDED_LAST = "recorded_last"


@dataclass(frozen=True)
class Unusual:
    """A group of unusual credits by title; `amount` is points, or contact hours on one `day`."""

    oddity: Oddity
    titles: tuple[str, ...]
    amount: Decimal
    day: date | None = None


def unusual(credits: Iterable[DeclaredFacts], *, total: Decimal, received_on: date) -> list[Unusual]:
    """Everything unusual about a declaration's credits; `total` is the number of points required."""
    ordered = sorted(credits, key=lambda one: (one.completed_on, one.title))
    own = [one for one in ordered if one.is_self_recorded]
    return [*_large(own, total), *_crowded_days(ordered), *_recorded_last(own, total, received_on)]


def _large(own: list[DeclaredFacts], total: Decimal) -> Iterator[Unusual]:
    """Self-recorded credits worth more than half of the required total each."""
    for one in own:
        if one.points > LARGE_SHARE * total:
            yield Unusual(Oddity.LARGE, (one.title,), one.points)


def _crowded_days(credits: list[DeclaredFacts]) -> Iterator[Unusual]:
    """Days on which several activities add up to more than 24 contact hours."""
    days: dict[date, list[DeclaredFacts]] = defaultdict(list)
    for one in credits:
        if one.hours:
            days[one.completed_on].append(one)
    for day, found in days.items():
        hours = sum((one.hours or Decimal(0) for one in found), Decimal(0))
        if len(found) > 1 and hours > HOURS_OF_A_DAY:
            yield Unusual(Oddity.CROWDED_DAY, tuple(one.title for one in found), hours, day)


def _recorded_last(own: list[DeclaredFacts], total: Decimal, received_on: date) -> Iterator[Unusual]:
    """Credits the holder recorded in the last days before receipt, if they exceed half of the required total."""
    first = received_on - timedelta(days=LAST_DAYS - 1)
    found = [one for one in own if first <= one.recorded_on <= received_on]
    points = sum((one.points for one in found), Decimal(0))
    if points > LARGE_SHARE * total:
        yield Unusual(Oddity.RECORDED_LAST, tuple(one.title for one in found), points)
