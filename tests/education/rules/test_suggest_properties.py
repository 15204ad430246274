"""What must hold for the suggestion, whatever the requirements, the credits and the pinned shares."""


from hypothesis import given

from education.rules import suggest
from tests.education.rules.facts import WINDOW
from tests.education.rules.oracles import Best, search
from tests.education.rules.strategies import small_cases, steady


def short_of(standing):
    """What each area and each period of a rule lacks, in file order."""
    periods = [period.missing for rule in standing.rules for period in rule.periods if rule.minimum is not None]
    return tuple([area.missing for area in standing.areas] + periods)


@steady
@given(small_cases())
def test_nothing_is_better_than_the_suggestion(case):
    requirements, credits, _ = case

    found = suggest(requirements, credits, [], WINDOW)

    best = search(requirements, credits, WINDOW)
    lacks = [missing for of, missing in labelled(requirements, best) if of.minimum is not None]
    assert found.proven
    assert Best(found.shortfall, found.needed, short_of(found.standing)) == best._replace(short=tuple(lacks))


def labelled(requirements, best):
    from tests.education.rules.oracles import _limits

    return zip(_limits(requirements), best.short, strict=True)
