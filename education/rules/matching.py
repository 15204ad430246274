"""Whether a delivered credit is the one its holder had recorded: our own measure, not a rule of the Board."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from education.enums import MatchReason, MatchState

# Similarity is the share of three-letter groups that two texts have in common, as PostgreSQL's pg_trgm counts them.
# With a misprint or an addition a title reaches 0.7 to 0.9; "Special stains for fungi" and "for amyloid" reach 0.58.
SAME_TITLE = Decimal("0.6")
# Parts of a series reach 0.85: these words of a title tell them apart (numbers, Roman ones too, and letters: "Part 2",
# "update 2026", "Hepatitis B"). "a" is an article, "s" an ending.
NUMBERING = r"\w*\d\w*|[ivx]+|[b-rt-z]"
# What pg_trgm itself calls similar: words in common, hence worth a look.
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
    """What a holder recorded beside what a provider delivers for the same holder.

    `has_rivals`: the recorded one may be another delivered credit as well, or the delivered one another recorded.
    """

    days_apart: int
    title_similarity: Decimal
    provider_similarity: Decimal
    has_same_points: bool
    has_same_numbering: bool = True
    has_rivals: bool = False


# Then nobody needs to be asked, unless one of the others holds.
CERTAIN = frozenset({MatchReason.SAME_DAY, MatchReason.SAME_TITLE, MatchReason.SAME_POINTS})
AGAINST_CERTAINTY = frozenset({MatchReason.OTHER_NUMBERING, MatchReason.SEVERAL_CANDIDATES})
# Any of these is enough to ask.
DOUBTFUL = (
    frozenset({MatchReason.SAME_TITLE}),
    frozenset({MatchReason.SIMILAR_TITLE}),
    frozenset({MatchReason.SAME_DAY, MatchReason.SAME_POINTS, MatchReason.SIMILAR_PROVIDER}),
)


def likeness(reasons: Collection[MatchReason]) -> Likeness:
    """Certain ones are made one at once, doubtful ones are asked about, different ones are left alone."""
    found = frozenset(reasons)
    if found >= CERTAIN and not found & AGAINST_CERTAINTY:
        return Likeness.CERTAIN
    return Likeness.DOUBTFUL if any(found >= enough for enough in DOUBTFUL) else Likeness.DIFFERENT


def match_reasons(pair: Pair) -> tuple[MatchReason, ...]:
    """What speaks for and against a pair; nothing at all when it lies too many days apart."""
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


# What may be decided: from which state a decision leads to which.
DECISIONS = {
    MatchState.MATCHED: MatchState.DOUBTFUL,
    MatchState.DIFFERENT: MatchState.DOUBTFUL,
    MatchState.UNDONE: MatchState.MATCHED,
}


def transitions() -> list[tuple[str, str]]:
    """Every pair (from, to) that may be decided."""
    return sorted((str(before), str(after)) for after, before in DECISIONS.items())
