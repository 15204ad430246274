from decimal import Decimal

import pytest

from education.enums import MatchReason, MatchState
from education.rules import matching
from education.rules.matching import Likeness, Pair

PAIR = Pair(days_apart=0, title_similarity=Decimal("0.9"), provider_similarity=Decimal("0.1"), has_same_points=True)


def pair(**changed):
    numbers = {name: Decimal(value) for name, value in changed.items() if name.endswith("similarity")}
    return Pair(**{name: getattr(PAIR, name) for name in Pair.__dataclass_fields__} | changed | numbers)


TABLE = [
    ("the same day, title and points", pair(), "same_day same_title same_points", "certain"),
    ("as similar as asked for", pair(title_similarity="0.6"), "same_day same_title same_points", "certain"),
    ("less similar", pair(title_similarity="0.599"), "same_day similar_title same_points", "doubtful"),
    ("just similar", pair(title_similarity="0.3"), "same_day similar_title same_points", "doubtful"),
    ("not similar", pair(title_similarity="0.299"), "same_day other_title same_points", "different"),
    (
        "another title of the same provider, for the same points",
        pair(title_similarity="0", provider_similarity="0.3"),
        "same_day other_title similar_provider same_points",
        "doubtful",
    ),
    (
        "another title of another provider",
        pair(title_similarity="0", provider_similarity="0.299"),
        "same_day other_title same_points",
        "different",
    ),
    (
        "another title of the same provider, for other points",
        pair(title_similarity="0", provider_similarity="1", has_same_points=False),
        "same_day other_title similar_provider other_points",
        "different",
    ),
    ("other points", pair(has_same_points=False), "same_day same_title other_points", "doubtful"),
    ("the day after", pair(days_apart=1), "near_day same_title same_points", "doubtful"),
    ("the day before", pair(days_apart=-1), "near_day same_title same_points", "doubtful"),
    ("a week later", pair(days_apart=7), "near_day same_title same_points", "doubtful"),
    ("eight days later", pair(days_apart=8), "", "different"),
    ("eight days earlier", pair(days_apart=-8), "", "different"),
    (
        "another title of the same provider, the day after",
        pair(days_apart=1, title_similarity="0", provider_similarity="1"),
        "near_day other_title similar_provider same_points",
        "different",
    ),
    (
        "another part of the series",
        pair(has_same_numbering=False),
        "same_day same_title same_points other_numbering",
        "doubtful",
    ),
    ("one of two", pair(has_rivals=True), "same_day same_title same_points several_candidates", "doubtful"),
    (
        "one of two, and not even similar",
        pair(title_similarity="0", has_rivals=True),
        "same_day other_title same_points several_candidates",
        "different",
    ),
]


@pytest.mark.parametrize(("found", "reasons"), [row[1:3] for row in TABLE], ids=[row[0] for row in TABLE])
def test_match_reasons_say_what_two_credits_have_in_common(found, reasons):
    assert " ".join(matching.match_reasons(found)) == reasons


@pytest.mark.parametrize(("found", "verdict"), [(row[1], row[3]) for row in TABLE], ids=[row[0] for row in TABLE])
def test_likeness_decides_whether_somebody_is_asked(found, verdict):
    assert matching.likeness(matching.match_reasons(found)) == Likeness(verdict)


@pytest.mark.parametrize("reason", MatchReason)
def test_nothing_is_less_than_doubtful_that_could_be_certain(reason):
    assert matching.likeness({*matching.CERTAIN, reason}) in {Likeness.CERTAIN, Likeness.DOUBTFUL}


def test_every_state_is_reached_from_the_first():
    reached = {MatchState.DOUBTFUL}

    for before, after in [*matching.transitions(), *matching.transitions()]:
        reached |= {after} if before in reached else set()

    assert reached == set(MatchState)
