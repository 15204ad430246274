"""Whether a delivered credit is one that its holder already recorded: our own heuristic, not a rule of the Board.

The intake judges whole feeds with these values in SQL (`actions.intake.matches`); `match_reasons` and `likeness` are
the same for one pair, and the tests hold the two against each other.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from education.enums import MatchReason, MatchState

# Trigram similarity as computed by PostgreSQL's pg_trgm. A title with a typo or an addition still scores 0.7 to 0.9;
# "Special stains for fungi" and "Special stains for amyloid" score 0.58.
SAME_TITLE = Decimal("0.6")
# Parts of a series score up to 0.85. These words tell them apart: numbers, Roman numerals and single letters ("Part 2",
# "update 2026", "Hepatitis B"); but not "a", which is an article, or "s", which is an ending ("Crohn's").
NUMBERING = r"\w*\d\w*|[ivx]+|[b-rt-z]"
# The default threshold of pg_trgm: some words in common, so worth a look.
SIMILAR_TITLE = Decimal("0.3")
SIMILAR_PROVIDER = Decimal("0.3")
# Courses run for days, and providers date them by the first day, the last, or the day of the certificate.
NEAR_DAYS = 7


class Likeness(StrEnum):
    CERTAIN = "certain"
    DOUBTFUL = "doubtful"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Pair:
    """A credit recorded by a holder, compared with one that a provider delivers for the same holder.

    `has_rivals`: the recorded one could also match another delivered credit, or the delivered one another recorded one.
    """

    days_apart: int
    title_similarity: Decimal
    provider_similarity: Decimal
    has_same_points: bool
    has_same_numbering: bool = True
    has_rivals: bool = False


# With all of these, nobody needs to be asked, unless one of AGAINST_CERTAINTY applies.
CERTAIN = frozenset({MatchReason.SAME_DAY, MatchReason.SAME_TITLE, MatchReason.SAME_POINTS})
AGAINST_CERTAINTY = frozenset({MatchReason.OTHER_NUMBERING, MatchReason.SEVERAL_CANDIDATES})
# Each of these combinations is enough to ask.
DOUBTFUL = (
    frozenset({MatchReason.SAME_TITLE}),
    frozenset({MatchReason.SIMILAR_TITLE}),
    frozenset({MatchReason.SAME_DAY, MatchReason.SAME_POINTS, MatchReason.SIMILAR_PROVIDER}),
)


def likeness(reasons: Collection[MatchReason]) -> Likeness:
    """Classifies a pair: certain ones are matched at once, doubtful ones await a decision, others are left alone."""
    found = frozenset(reasons)
    if found >= CERTAIN and not found & AGAINST_CERTAINTY:
        return Likeness.CERTAIN
    return Likeness.DOUBTFUL if any(found >= enough for enough in DOUBTFUL) else Likeness.DIFFERENT


def match_reasons(pair: Pair) -> tuple[MatchReason, ...]:
    """What speaks for and against a match; empty if the two are too many days apart."""
    return tuple(_reasons(pair)) if abs(pair.days_apart) <= NEAR_DAYS else ()


def _reasons(pair: Pair) -> Iterator[MatchReason]:
    yield MatchReason.NEAR_DAY if pair.days_apart else MatchReason.SAME_DAY
    if pair.title_similarity >= SAME_TITLE:
        yield MatchReason.SAME_TITLE
    else:
        yield MatchReason.SIMILAR_TITLE if pair.title_similarity >= SIMILAR_TITLE else MatchReason.OTHER_TITLE
    if pair.provider_similarity >= SIMILAR_PROVIDER:
        yield MatchReason.SIMILAR_PROVIDER
    yield MatchReason.SAME_POINTS if pair.has_same_points else MatchReason.OTHER_POINTS
    if not pair.has_same_numbering:
        yield MatchReason.OTHER_NUMBERING
    if pair.has_rivals:
        yield MatchReason.SEVERAL_CANDIDATES


# The allowed decisions: the new state, and the states it can be reached from. An undone match leaves two credits, which
# may turn out to be the same after all.
DECISIONS = {
    MatchState.MATCHED: frozenset({MatchState.DOUBTFUL, MatchState.UNDONE}),
    MatchState.DIFFERENT: frozenset({MatchState.DOUBTFUL}),
    MatchState.UNDONE: frozenset({MatchState.MATCHED}),
}


def transitions() -> list[tuple[str, str]]:
    """Every allowed transition, as (from, to)."""
    return sorted((str(before), str(after)) for after, befores in DECISIONS.items() for before in befores)
