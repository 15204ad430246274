from datetime import date

import pytest
from hypothesis import given

from credentials.rules import Window
from education.rules import Share, compile_requirements, evaluate, standing_of_sums, sums_of
from tests.education.rules.facts import WINDOW, area, credit, requirements, rule, share
from tests.education.rules.strategies import any_part, cases, steady

SET = requirements(
    area("safety", 'minimum = "2"', accepts="safety")
    + area("rest", 'maximum = "9"')
    + rule("papers", 'kinds = ["article"]', 'maximum = "3"')
    + rule("yearly", 'minimum = "1"', 'per = "year"')
)
EACH = requirements(area("rest") + rule("each", 'maximum = "4"', 'per = "item"'))


def rows(credits, shares):
    known = {one.id: one for one in credits}
    for one in shares:
        of = known[one.credit]
        about = of.id, of.kind, of.subjects, of.provider, of.completed_on, of.hundredths, of.refused
        yield one.area, one.hundredths, *about


def sums(of, credits, shares, window=WINDOW):
    ready = compile_requirements(of)
    return sums_of(ready, window, rows(credits, shares), ready.area_index)


@steady
@given(cases(any_part))
def test_standing_by_sums_is_the_standing_without_its_credits(case):
    requirements, credits, shares = case

    found = sums(requirements, credits, shares)

    if found is not None:
        whole = evaluate(requirements, credits, shares, WINDOW)
        brief = standing_of_sums(compile_requirements(requirements), WINDOW, found)
        of_items = [one._replace(periods=()) if one.per == "item" else one for one in whole.rules]
        assert brief == whole._replace(credits=(), rules=tuple(of_items))


def test_sums_are_of_areas_and_then_of_rules_by_year():
    credits = [credit(1, "2", "safety", "2015-07-01"), credit(2, "4", on="2018-06-30", kind="article")]
    shares = [share(1, "safety", "1.5"), share(1, "rest", "0.5"), share(2, "rest", "3")]

    assert sums(SET, credits, shares) == [150, 350, 300, 200, 0, 300]


@pytest.mark.parametrize(
    "left_out",
    [
        pytest.param(credit(1, "2", on="2015-05-31"), id="before the window"),
        pytest.param(credit(1, "2", on="2018-07-01"), id="after the window"),
        pytest.param(credit(1, "2", refused="withdrawn"), id="refused"),
    ],
)
def test_what_does_not_count_is_in_no_sum(left_out):
    assert sums(SET, [left_out], [share(1, "rest", "2")]) == [0] * 6


def test_what_an_area_does_not_accept_is_in_no_sum():
    assert sums(SET, [credit(1, "2", "chemistry")], [share(1, "safety", "2")]) == [0] * 6


@pytest.mark.parametrize(
    ("of", "credits", "shares"),
    [
        pytest.param(SET, [credit(1, "10")], [share(1, "rest", "9.25")], id="above the maximum of an area"),
        pytest.param(SET, [credit(1, "4", kind="article")], [share(1, "rest", "3.25")], id="above that of a rule"),
        pytest.param(SET, [credit(1, "2")], [share(1, "rest", "0.3")], id="no whole steps"),
        pytest.param(
            SET, [credit(1, "2")], [share(1, "rest", "1"), share(1, "safety", "1.25")], id="beyond the credit"
        ),
        pytest.param(EACH, [credit(1, "2")], [share(1, "rest", "2")], id="a rule about each credit"),
    ],
)
def test_what_depends_on_single_credits_is_left_to_counting_them(of, credits, shares):
    assert sums(of, credits, shares) is None


@pytest.mark.parametrize(
    ("of", "points"),
    [pytest.param("area", "9", id="an area's maximum"), pytest.param("rule", "3", id="a rule's maximum")],
)
def test_a_maximum_just_reached_is_no_obstacle(of, points):
    kind = "article" if of == "rule" else "ce-course"

    assert sums(SET, [credit(1, "9", kind=kind)], [share(1, "rest", points)]) is not None


def test_share_of_nothing_changes_nothing():
    assert sums(SET, [credit(1, "1")], [Share(1, "rest", credit(1, "0").points)]) == [0] * 6


def test_window_of_another_length_has_other_lines():
    window = Window(date(2016, 1, 1), date(2017, 12, 31))

    assert sums(SET, [credit(1, "1", on="2017-01-01")], [share(1, "rest")], window) == [0, 100, 0, 0, 100]
