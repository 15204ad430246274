"""What counts under which limit, and in which order, case by case."""

import pytest

from education.rules import evaluate
from tests.education.rules.facts import WINDOW, area, credit, requirements, rule, share, told

TWO_AREAS = area("safety", 'minimum = "2"', accepts="safety") + area("rest")


def standing(tables, credits, shares, **head):
    return evaluate(requirements(tables, **head), credits, shares, WINDOW)


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        pytest.param(area("rest", 'maximum = "3"') + area("other"), ("over_limit", "1.00", "rest"), id="area"),
        pytest.param(area("rest") + rule("few", 'maximum = "3"'), ("over_limit", "1.00", "rest", "few"), id="rule"),
        pytest.param(area("rest") + rule("few", 'maximum = "30%"'), ("over_limit", "1.00", "rest", "few"), id="share"),
        pytest.param(area("rest") + rule("each", 'maximum = "3"', 'per = "item"'),
                     ("over_limit", "1.00", "rest", "each"), id="item"),
        pytest.param(area("rest") + rule("yearly", 'maximum = "3"', 'per = "year"'),
                     ("over_limit", "1.00", "rest", "yearly"), id="year"),
        pytest.param(area("rest") + rule("wide", 'maximum = "3.5"') + rule("narrow", 'maximum = "3"'),
                     ("over_limit", "1.00", "rest", "narrow"), id="the least room"),
        pytest.param(area("rest") + rule("first", 'maximum = "3"') + rule("second", 'maximum = "3"'),
                     ("over_limit", "1.00", "rest", "first"), id="the first of two alike"),
        pytest.param(area("rest") + rule("each", 'maximum = "3.5"', 'per = "item"') + rule("few", 'maximum = "3"'),
                     ("over_limit", "1.00", "rest", "few"), id="the cycle before the item"),
        pytest.param(area("rest") + rule("each", 'maximum = "3"', 'per = "item"') + rule("few", 'maximum = "3"'),
                     ("over_limit", "1.00", "rest", "few"), id="the cycle and the item alike"),
    ],
)  # fmt: skip
def test_what_exceeds_a_maximum_says_which(tables, expected):
    found = standing(tables, [credit(1, "4")], [share(1, "rest", "4")])

    assert told(found, 1) == [("counted", "3.00", "rest"), expected]


@pytest.mark.parametrize("filters", ['kinds = ["ce-course"]', 'areas = ["safety", "rest"]', ""])
def test_a_limit_per_item_holds_for_a_credit_over_all_of_its_areas(filters):
    tables = TWO_AREAS + rule("each", filters, 'maximum = "3"', 'per = "item"')

    found = standing(tables, [credit(1, "4", "safety")], [share(1, "safety", "2"), share(1, "rest", "2")])

    assert told(found, 1)[1:] == [("counted", "1.00", "rest"), ("over_limit", "1.00", "rest", "each")]
    assert found.rules[0].periods == ((1, 3, 0),)


def test_a_limit_per_item_with_every_filter_looks_at_no_other_area():
    filters = ['kinds = ["ce-course"]', 'subjects = ["safety"]', 'providers = ["P"]', 'areas = ["rest"]']
    tables = TWO_AREAS + rule("each", *filters, 'maximum = "2"', 'per = "item"')

    found = standing(tables, [credit(1, "4", "safety", provider="P")], [share(1, "safety", "2"), share(1, "rest", "2")])

    assert (found.total.counted, found.rules[0].periods) == (4, ((1, 2, 0),))


def test_a_maximum_of_zero_counts_nothing():
    tables = area("rest") + rule("never", 'kinds = ["staff-meeting"]', 'maximum = "0"')

    found = standing(tables, [credit(1, kind="staff-meeting")], [share(1, "rest")])

    assert told(found, 1) == [("over_limit", "1.00", "rest", "never")]


@pytest.mark.parametrize(
    ("filters", "counted"),
    [
        ('kinds = ["article"]', 1),
        ('kinds = ["poster"]', 4),
        ('subjects = ["chemistry"]', 1),
        ('subjects = ["ethics"]', 4),
        ('providers = ["P1"]', 1),
        ('providers = ["P2"]', 4),
        ('areas = ["rest"]', 1),
        ('areas = ["other"]', 4),
    ],
)
def test_a_rule_limits_what_its_filters_match(filters, counted):
    tables = area("rest") + area("other") + rule("few", filters, 'maximum = "1"')

    found = standing(tables, [credit(1, "4", kind="article", provider="P1")], [share(1, "rest", "4")])

    assert found.total.counted == counted


def test_a_self_recorded_credit_matches_no_provider():
    tables = area("rest") + rule("few", 'providers = ["P1"]', 'maximum = "1"')

    assert standing(tables, [credit(1, "4")], [share(1, "rest", "4")]).total.counted == 4


def test_areas_with_a_minimum_are_counted_first_then_the_oldest_then_the_id():
    tables = area("rest") + area("late", 'minimum = "1"') + rule("few", 'maximum = "3"')
    credits = [credit(4, on="2016-01-01"), credit(2, on="2016-01-01"), credit(3, on="2015-07-01"), credit(1)]

    found = standing(tables, credits, [share(4, "rest"), share(2, "rest"), share(3, "rest"), share(1, "late")])

    assert [(each.id, each.counted) for each in found.credits] == [(3, 1), (2, 1), (4, 0), (1, 1)]


def test_a_limit_per_item_is_asked_of_each_credit():
    tables = area("rest") + area("other") + rule("each", 'maximum = "2"', 'per = "item"')
    credits = [credit("a", "4"), credit("b", "1"), credit("c", "1")]

    found = standing(tables, credits, [share("a", "rest", "1"), share("a", "other", "3"), share("b", "rest", "1")])

    assert told(found, "a") == [
        ("counted", "1.00", "rest"),
        ("counted", "1.00", "other"),
        ("over_limit", "2.00", "other", "each"),
    ]
    assert [(period.of, period.counted, period.holds) for period in found.rules[0].periods] == [
        ("a", 2, True),
        ("b", 1, True),
    ]
