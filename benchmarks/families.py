"""Generated holders for the engine's benchmark and tests: four families, each deterministic by number."""

from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from random import Random

import credentials as app
from credentials.enums import Per
from credentials.rules import Area, Requirements, Rule, Window, read_requirements
from education.rules import CreditFacts

WINDOW = Window(date(2015, 6, 1), date(2018, 6, 30))
KINDS = ("ce-course", "in-service", "college-course", "article", "presentation", "committee")
STEP = Decimal("0.25")


def _requirements(total, areas, rules=()):
    return Requirements("X", "Example", "1", None, Decimal(total), STEP, False, "", tuple(areas), tuple(rules))


def _area(number, minimum, accepts, maximum=None):
    return Area(f"area-{number}", f"Area {number}", Decimal(minimum), maximum, frozenset(accepts))


def _rule(number, *, minimum=None, maximum=None, per=Per.CYCLE, kinds=None, subjects=None, areas=None):
    limits = [None if limit is None else Decimal(limit) for limit in (minimum, maximum)]
    filters = [None if words is None else frozenset(words) for words in (kinds, subjects, None, areas)]
    return Rule(f"rule-{number}", f"Rule {number}", *filters, *limits, per)


def _subjects(count):
    return [f"subject-{number}" for number in range(count)]


def disjoint(random, areas):
    """Each subject has its own area; points above the minima count toward the total; no other rules."""
    subjects = _subjects(areas)
    found = [_area(number, random.randint(1, 6), [subject]) for number, subject in enumerate(subjects[:-1])]
    return _requirements(areas * 5, [*found, _area(areas, 0, "*")]), subjects, 2


def realistic(random, areas):
    """Minima in single subjects, the rest in any; college at most half, some kinds capped, ten points in each year."""
    subjects = _subjects(areas + 4)
    found = [_area(number, random.choice([1, 1, 2, 2, 4]), [subjects[number]]) for number in range(areas - 1)]
    rules = [
        _rule(1, maximum=areas * 5 // 2, kinds=["college-course"]),
        _rule(2, maximum=6, kinds=["article", "presentation"]),
        _rule(3, minimum=10, per=Per.YEAR),
        _rule(4, maximum=5, per=Per.ITEM),
    ]
    return _requirements(areas * 5, [*found, _area(areas, 0, "*")], rules), subjects, 2


def overlapping(random, areas):
    """Areas share subjects, and rules pool overlapping areas, subjects and kinds."""
    subjects = _subjects(areas)
    found = [_area(number, random.randint(0, 7), random.sample(subjects, 3)) for number in range(areas)]
    codes = [area.code for area in found]
    rules = [
        _rule(1, minimum=random.randint(5, 20), areas=random.sample(codes, areas // 3)),
        _rule(2, minimum=random.randint(5, 20), areas=random.sample(codes, areas // 3)),
        _rule(3, maximum=random.randint(5, 20), areas=random.sample(codes, areas // 3), kinds=KINDS[:3]),
        _rule(4, minimum=random.randint(2, 9), subjects=random.sample(subjects, 2)),
        _rule(5, maximum=random.randint(5, 20), subjects=random.sample(subjects, 4)),
        _rule(6, maximum=random.randint(2, 4), per=Per.ITEM, areas=random.sample(codes, areas // 2)),
    ]
    return _requirements(areas * 5, found, rules), subjects, 3


def tight(random, areas):
    """Like `overlapping`, with a maximum on every area and a floor and cap on every year: almost no slack."""
    requirements, subjects, most = overlapping(random, areas)
    found = [
        _area(number, area.minimum, area.accepts, area.minimum + random.randint(0, 3))
        for number, area in enumerate(requirements.areas)
    ]
    yearly = _rule(7, minimum=areas * 4 // 3, maximum=areas * 2, per=Per.YEAR)
    return _requirements(sum(area.maximum for area in found), found, [*requirements.rules, yearly]), subjects, most


FAMILIES = {family.__name__: family for family in (disjoint, realistic, overlapping, tight)}


def credits_of(random, subjects, most, count):
    """Credits of one to four points, mostly in quarter points, with one or more subjects."""
    for number in range(count):
        yield CreditFacts(
            id=number,
            title=f"Activity {number}",
            kind=random.choice(KINDS),
            subjects=frozenset(random.sample(subjects, random.randint(1, most))),
            provider=None,
            completed_on=WINDOW.starts_on + timedelta(days=random.randrange(1126)),
            points=random.choice([Decimal(1), Decimal(2), Decimal(random.randint(2, 16)) / 4]),
        )


@lru_cache(maxsize=64)
def requirements_of(family, number, areas):
    """A requirement set of a family, with the subjects its credits have and how many each has at most."""
    return FAMILIES[family](Random(f"{family} {number} {areas}"), areas)  # noqa: S311 - repeatable on purpose


def holder(family, number, *, credits=60, areas=12):
    """Requirements and credits of a generated holder, deterministic by number; 25 holders share requirements."""
    requirements, subjects, most = requirements_of(family, number // 25, areas)
    random = Random(f"{family} {number} {credits}")  # noqa: S311 - repeatable on purpose
    return requirements, list(credits_of(random, subjects, most, credits))


def shipped(name, *, credits=60):
    """One of the Board's requirement sets as shipped, and a generated holder's credits in its subjects."""
    text = (Path(app.__file__).parent / "requirement_sets" / f"{name}.toml").read_text(encoding="utf-8")
    requirements = read_requirements(text, name=name)
    subjects = sorted(frozenset().union(*(area.accepts for area in requirements.areas)) - {"*"})
    random = Random(name)  # noqa: S311 - repeatable on purpose
    return requirements, list(credits_of(random, [*subjects, "immunology", "management"], 2, credits))
