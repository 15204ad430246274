"""The moves of a declaration: the Board's own rules of review, one table for Python and the database."""

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

# With each of them something is signed, and frozen beside what was signed before.
SIGNED_BY = frozenset({Move.SUBMIT, Move.AMEND})

LIVE = frozenset(State) - {State.WITHDRAWN, State.DENIED}
UNDECIDED = frozenset({State.SUBMITTED, State.UNDER_AUDIT, State.APPEALED})
# Credit by credit a declaration is judged only before it is decided.
IN_REVIEW = frozenset({State.SUBMITTED, State.UNDER_AUDIT})
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def transitions() -> list[tuple[str, str]]:
    """Every change (from, to) that some move makes."""
    pairs = {(str(before), str(after)) for befores, after in MOVES.values() for before in befores}
    return sorted(pair for pair in pairs if pair[0] != pair[1])


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
    # The last day on which an expired credential can still be reinstated; None: the Board has set none.
    reinstated_until: date | None = None


class Blocker(StrEnum):
    """Why a declaration can't be submitted now."""

    NOT_OPEN = "not_open"
    INCOMPLETE = "incomplete"
    CLOSED = "closed"
    REVOKED = "revoked"
    EXAMINATION = "examination"


def blockers(facts: DeclarationFacts, *, on: date) -> list[Blocker]:
    """Every reason against submitting on the Board's day `on`; none means it may be submitted.

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
    """What a day means for submitting."""

    EARLY = "early"
    ADVISED = "advised"
    LATE = "late"
    REINSTATEMENT = "reinstatement"


def timing(on: date, *, opens_on: date, advised_until: date, ends_on: date) -> Timing:
    """What submitting on the Board's day `on` would be: advised up to the advised last day, late up to the end.

    Source: ascp.org, submit-cmp-declaration; reinstatement: QIHC page.
    """
    if on > ends_on:
        return Timing.REINSTATEMENT
    if on > advised_until:
        return Timing.LATE
    return Timing.ADVISED if on >= opens_on else Timing.EARLY


def stage(newest: State | None, *, is_complete: bool, opens_on: date, on: date) -> State | Stage:
    """How far a holder has come in a cycle: its newest declaration's state, else how near a declaration is."""
    if newest is not None:
        return newest
    if on < opens_on:
        return Stage.ON_TRACK
    return Stage.READY if is_complete else Stage.OPEN


def is_under_review(state: State, received_on: date | None, *, ends_on: date) -> bool:
    """Whether a declaration came in time and is not decided, so that its credential has not simply expired."""
    return state in UNDECIDED and received_on is not None and received_on <= ends_on


def is_late(received_on: date, advised_until: date) -> bool:
    """Whether the receipt came after the advised last day. Source: ascp.org, submit-cmp-declaration."""
    return received_on > advised_until


def digest_of(content: Mapping[str, object]) -> str:
    """SHA-256 of a content in its one canonical form."""
    return hashlib.sha256(CANONICAL.encode(content).encode()).hexdigest()


def chained(previous: str, content: Mapping[str, object]) -> str:
    """SHA-256 over the hash before and the content in one canonical form."""
    return hashlib.sha256(f"{previous}\n{CANONICAL.encode(content)}".encode()).hexdigest()


# What makes a reviewer look twice is no rule of the Board: it refuses nothing, and every finding says why.
LARGE_SHARE = Decimal("0.5")  # of the required total
HOURS_OF_A_DAY = Decimal(24)
LAST_DAYS = 7  # before the receipt, its day included


@dataclass(frozen=True)
class DeclaredFacts:
    """A declared credit as the search for unusual ones sees it; `hours` are contact hours, None where it has none."""

    title: str
    points: Decimal
    hours: Decimal | None
    completed_on: date
    is_self_recorded: bool
    recorded_on: date


class Oddity(StrEnum):
    """How credits may be unusual."""

    LARGE = "large"
    CROWDED_DAY = "crowded_day"
    RECORDED_LAST = "recorded_last"


@dataclass(frozen=True)
class Unusual:
    """What is unusual about which credits: points, or contact hours of one `day`."""

    oddity: Oddity
    titles: tuple[str, ...]
    amount: Decimal
    day: date | None = None


def unusual(credits: Iterable[DeclaredFacts], *, total: Decimal, received_on: date) -> list[Unusual]:
    """Everything unusual about the credits of a declaration; `total` are the points required."""
    ordered = sorted(credits, key=lambda one: (one.completed_on, one.title))
    own = [one for one in ordered if one.is_self_recorded]
    return [*_large(own, total), *_crowded_days(ordered), *_recorded_last(own, total, received_on)]


def _large(own: list[DeclaredFacts], total: Decimal) -> Iterator[Unusual]:
    """One self-recorded credit is more than half of what is required."""
    for one in own:
        if one.points > LARGE_SHARE * total:
            yield Unusual(Oddity.LARGE, (one.title,), one.points)


def _crowded_days(credits: list[DeclaredFacts]) -> Iterator[Unusual]:
    """Several activities of one day have more contact hours than a day has."""
    days: dict[date, list[DeclaredFacts]] = defaultdict(list)
    for one in credits:
        if one.hours:
            days[one.completed_on].append(one)
    for day, found in days.items():
        hours = sum((one.hours or Decimal(0) for one in found), Decimal(0))
        if len(found) > 1 and hours > HOURS_OF_A_DAY:
            yield Unusual(Oddity.CROWDED_DAY, tuple(one.title for one in found), hours, day)


def _recorded_last(own: list[DeclaredFacts], total: Decimal, received_on: date) -> Iterator[Unusual]:
    """More than half of what is required was recorded by the holder in the last days before the receipt."""
    first = received_on - timedelta(days=LAST_DAYS - 1)
    found = [one for one in own if first <= one.recorded_on <= received_on]
    points = sum((one.points for one in found), Decimal(0))
    if points > LARGE_SHARE * total:
        yield Unusual(Oddity.RECORDED_LAST, tuple(one.title for one in found), points)
