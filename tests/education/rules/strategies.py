"""Hypothesis strategies for requirements, credits and shares of any shape, small enough for exhaustive search.

Strategies are module constants, since Hypothesis validates each new instance when it is first drawn from.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from hypothesis import settings
from hypothesis import strategies as st

from credentials.enums import Per
from credentials.rules import Area, Requirements, Rule
from education.rules import CreditFacts, Share

steady = settings(deadline=None)  # slow machines must not fail a test
SUBJECTS = ["a", "b", "c"]
CODES = ["first", "second", "third"]
steps = st.integers(0, 24).map(lambda quarters: Decimal(quarters) / 4)
any_part = st.integers(0, 600).map(lambda whole: Decimal(whole) / 100)
hundredths = st.integers(0, 800).map(lambda whole: Decimal(whole) / 100)
few = st.integers(0, 3).map(Decimal)
words = st.frozensets(st.sampled_from(SUBJECTS), min_size=1, max_size=2)
accepted = words | st.just(frozenset("*"))
articles = st.just(frozenset({"article"}))
first_provider = st.just(frozenset({"P1"}))
some_areas = st.frozensets(st.sampled_from(CODES), min_size=1)


@cache
def maybe(strategy):
    return st.none() | strategy


@cache
def from_nothing_on(points):
    return st.just(Decimal(0)) | points


@cache
@st.composite
def areas(draw, points=steps):
    codes = draw(st.lists(st.sampled_from(CODES), min_size=1, unique=True))
    return tuple(
        Area(code, code.title(), draw(from_nothing_on(points)), draw(maybe(points)), draw(accepted)) for code in codes
    )


@cache
@st.composite
def rules(draw, code, points=steps):
    per = draw(st.sampled_from(Per))
    return Rule(
        code=code,
        title=code,
        kinds=draw(maybe(articles)),
        subjects=draw(maybe(words)),
        providers=draw(maybe(first_provider)),
        areas=draw(maybe(some_areas)),
        minimum=None if per == Per.ITEM else draw(maybe(points)),
        maximum=draw(maybe(points)),
        per=per,
    )


@cache
@st.composite
def requirement_sets(draw, points=steps, step="0.25"):
    found = tuple(draw(rules(f"rule {number}", points)) for number in range(draw(st.integers(0, 3))))
    return Requirements("X", "X", "1", None, draw(points), Decimal(step), False, "", draw(areas(points)), found)


@cache
def credits_of(points):
    return st.builds(
        CreditFacts,
        id=st.just(0),
        title=st.just("Course"),
        kind=st.sampled_from(["article", "course"]),
        subjects=st.frozensets(st.sampled_from(SUBJECTS), max_size=2),
        provider=st.sampled_from([None, "P1"]),
        completed_on=st.integers(-20, 1150).map(lambda days: date(2015, 6, 1) + timedelta(days=days)),
        points=points,
        refused=st.sampled_from([None, None, None, "Refused"]),
    )


@cache
@st.composite
def credit_lists(draw, points=hundredths | steps, most=7):
    credits = draw(st.lists(credits_of(points), max_size=most))
    return [replace(credit, id=number) for number, credit in enumerate(credits)]


@cache
@st.composite
def cases(draw, parts=steps):
    return draw(_cases(requirement_sets(), credit_lists(), parts))


@cache
@st.composite
def small_cases(draw):
    """Few credits of whole points, for comparison with the exhaustive search."""
    return draw(_cases(requirement_sets(few, "1"), credit_lists(few, 5), few))


@cache
@st.composite
def _cases(draw, sets, lists, parts):
    requirements, credits = draw(sets), draw(lists)
    if not credits:
        return requirements, credits, []
    one = st.builds(
        Share,
        credit=st.sampled_from([credit.id for credit in credits]),
        area=st.sampled_from([area.code for area in requirements.areas]),
        points=parts,
    )
    return requirements, credits, draw(st.lists(one, max_size=12))


any_part = st.integers(0, 600).map(lambda whole: Decimal(whole) / 100)
