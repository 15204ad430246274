"""Reasons, limits and periods of an evaluation, case by case."""

from datetime import date
from decimal import Decimal

import pytest

from credentials.enums import Per
from credentials.rules import Window
from education.rules import Measure, Reason, UnknownShare, compile_requirements, evaluate
from tests.education.rules.facts import WINDOW, area, credit, requirements, rule, share, told

TWO_AREAS = area("safety", 'minimum = "2"', accepts="safety") + area("rest")


def standing(tables, credits, shares, *, window=WINDOW, **head):
    return evaluate(requirements(tables, **head), credits, shares, window)


def test_total_and_areas_say_needed_counted_and_missing():
    found = standing(
        TWO_AREAS, [credit(1, "4", "safety"), credit(2, "3")], [share(1, "safety", "1"), share(2, "rest", "3")]
    )

    assert found.total == Measure(Decimal(10), Decimal(4), Decimal(6))
    assert [(each.code, each.needed, each.counted, each.missing) for each in found.areas] == [
        ("safety", 2, 1, 1),
        ("rest", 0, 3, 0),
    ]
    assert (found.shortfall, found.is_complete) == (7, False)


def test_points_above_a_minimum_count_for_the_total():
    found = standing(TWO_AREAS, [credit(1, "10", "safety")], [share(1, "safety", "10")])

    assert found.is_complete


def test_nothing_at_all_misses_everything():
    found = standing(TWO_AREAS, [], [])

    assert (found.total.missing, found.shortfall, found.credits) == (10, 12, ())


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(credit(1, "2"), [("counted", "1.00", "rest"), ("not_allocated", "1.00")], id="half allocated"),
        pytest.param(credit(1, "1.10"), [("counted", "1.00", "rest"), ("below_step", "0.10")], id="below the step"),
        pytest.param(credit(1, "0.20"), [("below_step", "0.20")], id="all below the step"),
        pytest.param(credit(1, "0"), [("below_step", "0.00")], id="no points at all"),
        pytest.param(credit(1, "2.30"),
                     [("counted", "1.00", "rest"), ("not_allocated", "1.25"), ("below_step", "0.05")], id="all three"),
        pytest.param(credit(1, "0.50"), [("counted", "0.50", "rest")], id="share larger than a corrected credit"),
        pytest.param(credit(1, "3.14", refused="Withdrawn"), [("refused", "3.14")], id="refused"),
        pytest.param(credit(1, "3.14", on="2015-05-31"), [("outside_window", "3.14")], id="too early"),
        pytest.param(credit(1, "3", on="2018-07-01"), [("outside_window", "3.00")], id="too late"),
        pytest.param(credit(1, "1", on="2015-06-01"), [("counted", "1.00", "rest")], id="on the first day"),
        pytest.param(credit(1, "1", on="2018-06-30"), [("counted", "1.00", "rest")], id="on the last day"),
        pytest.param(credit(1, "1", on="2010-01-01", refused="No"), [("refused", "1.00")], id="refused and too early"),
    ],
)  # fmt: skip
def test_every_point_of_a_credit_has_a_reason(facts, expected):
    found = standing(TWO_AREAS, [facts], [share(1, "rest")])

    assert told(found, 1) == expected
    assert sum(reason.points for reason in found.credit(1).reasons) == facts.points


def test_outside_window_says_which_day_and_which_window():
    reason = standing(TWO_AREAS, [credit(1, on="2015-05-31")], []).credit(1).main

    assert (reason.reason, reason.day, reason.window) == (Reason.OUTSIDE_WINDOW, date(2015, 5, 31), WINDOW)


def test_a_share_that_is_no_whole_step_counts_in_whole_steps():
    found = standing(TWO_AREAS, [credit(1, "1", "safety")], [share(1, "safety", "0.30"), share(1, "rest", "0.70")])

    assert told(found, 1) == [("counted", "0.25", "safety"), ("counted", "0.50", "rest"), ("below_step", "0.25")]


def test_an_area_that_does_not_accept_the_credit_refuses_its_share():
    found = standing(TWO_AREAS, [credit(1, "2")], [share(1, "safety"), share(1, "rest")])

    assert told(found, 1) == [("not_accepted", "1.00", "safety"), ("counted", "1.00", "rest")]


def test_a_share_of_no_points_says_nothing():
    found = standing(TWO_AREAS, [credit(1)], [share(1, "safety", "0"), share(1, "rest", "0")])

    assert told(found, 1) == [("not_allocated", "1.00")]


def test_a_credit_no_area_accepts_says_so_without_an_area():
    found = standing(area("safety", accepts="safety"), [credit(1, "2.10")], [share(1, "safety")])

    assert told(found, 1) == [("not_accepted", "2.10")]


def test_spare_credits_are_not_needed_once_complete():
    credits = [credit(1, "10"), credit(2, "3.10")]

    found = standing(area("rest"), credits, [share(1, "rest", "10")])

    assert told(found, 2) == [("not_needed", "3.00"), ("below_step", "0.10")]


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
    ],
)  # fmt: skip
def test_what_exceeds_a_maximum_says_which(tables, expected):
    found = standing(tables, [credit(1, "4")], [share(1, "rest", "4")])

    assert told(found, 1) == [("counted", "3.00", "rest"), expected]


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


YEARLY = area("rest") + rule("yearly", 'minimum = "2"', 'per = "year"')


def test_a_yearly_minimum_is_asked_of_every_year():
    credits = [credit(1, "3", on="2016-05-31"), credit(2, "1", on="2016-06-01")]

    found = standing(YEARLY, credits, [share(1, "rest", "3"), share(2, "rest", "1")], total="4")

    assert [
        (period.of.starts_on.year, period.counted, period.missing, period.holds) for period in found.rules[0].periods
    ] == [
        (2015, 3, 0, True),
        (2016, 1, 1, False),
        (2017, 0, 2, False),
    ]
    assert found.shortfall == 3


def test_a_remainder_shorter_than_a_year_joins_the_last_one():
    found = standing(YEARLY, [credit(1, "2", on="2018-06-30")], [share(1, "rest", "2")])

    assert found.rules[0].periods[-1].of == Window(date(2017, 6, 1), date(2018, 6, 30))
    assert found.rules[0].periods[-1].holds


def test_a_short_window_is_one_period():
    window = Window(date(2018, 1, 1), date(2018, 6, 30))

    found = standing(YEARLY, [credit(1, "2", on="2018-02-01")], [share(1, "rest", "2")], window=window)

    assert [(period.of, period.counted) for period in found.rules[0].periods] == [(window, 2)]


def test_a_yearly_maximum_limits_each_year_alone():
    tables = area("rest") + rule("yearly", 'maximum = "2"', 'per = "year"')
    credits = [credit(1, "3", on="2015-06-01"), credit(2, "3", on="2016-06-01")]

    found = standing(tables, credits, [share(1, "rest", "3"), share(2, "rest", "3")])

    assert [each.counted for each in found.credits] == [2, 2]


def test_a_rule_over_the_cycle_tells_its_limits_and_its_window():
    found = standing(area("rest") + rule("some", 'minimum = "2"', 'maximum = "5"', 'areas = ["rest"]'), [], []).rules[0]

    assert (found.code, found.title, found.per, found.minimum, found.maximum, found.areas) == (
        "some", "Some", Per.CYCLE, 2, 5, frozenset({"rest"})
    )  # fmt: skip
    assert [(period.of, period.counted, period.missing) for period in found.periods] == [(WINDOW, 0, 2)]


def test_a_maximum_off_the_step_rounds_down():
    tables = area("rest") + area("other") + rule("few", 'maximum = "1.1"')

    assert standing(tables, [credit(1, "2")], [share(1, "rest", "2")]).total.counted == 1


def test_shares_of_one_credit_in_one_area_add_up():
    found = standing(area("rest"), [credit(1, "2")], [share(1, "rest"), share(1, "rest")])

    assert told(found, 1) == [("counted", "2.00", "rest")]


def test_shares_above_the_credits_points_count_up_to_them_in_order():
    found = standing(TWO_AREAS, [credit(1, "2", "safety")], [share(1, "rest", "2"), share(1, "safety", "1.5")])

    assert told(found, 1) == [("counted", "1.50", "safety"), ("counted", "0.50", "rest")]


def test_the_main_reason_is_why_most_of_the_rest_does_not_count():
    credits = [credit(1, "4.60"), credit(2, "1")]

    found = standing(area("rest", 'maximum = "3"') + area("other"), credits, [share(1, "rest", "4"), share(2, "other")])

    assert [found.credit(id).main.reason for id in (1, 2)] == [Reason.OVER_LIMIT, Reason.COUNTED]


def test_the_standing_of_an_unknown_credit_is_a_key_error():
    with pytest.raises(KeyError):
        standing(TWO_AREAS, [], []).credit(7)


@pytest.mark.parametrize(("of", "where"), [(7, "rest"), (1, "attic")])
def test_a_share_of_something_unknown_is_refused(of, where):
    with pytest.raises(UnknownShare, match=f"a share of {of} in {where}"):
        standing(TWO_AREAS, [credit(1)], [share(of, where)])


def test_two_credits_of_one_id_are_refused():
    with pytest.raises(ValueError, match="same id"):
        standing(TWO_AREAS, [credit(1), credit(1)], [])


@pytest.mark.parametrize("make", [lambda: credit(1, "-1"), lambda: share(1, "rest", "-1")])
def test_negative_points_are_refused(make):
    with pytest.raises(ValueError, match="zero or more"):
        make()


@pytest.mark.parametrize("make", [lambda: credit(1, "1.001"), lambda: share(1, "rest", "1.001")])
def test_points_finer_than_hundredths_are_refused(make):
    with pytest.raises(ValueError, match="more than two decimals"):
        make()


def test_compiled_requirements_serve_many_windows():
    compiled = compile_requirements(requirements(YEARLY, total="4"))
    short = Window(date(2018, 1, 1), date(2018, 6, 30))

    found = [evaluate(compiled, [credit(1, on="2018-02-01")], [share(1, "rest")], window) for window in (WINDOW, short)]

    assert [len(each.rules[0].periods) for each in found] == [3, 1]


def test_more_sorts_of_credit_than_are_kept_count_alike(monkeypatch):
    monkeypatch.setattr("education.rules.compiled.MOST_SORTS", 2)
    credits = [credit(id, provider=f"P{id}") for id in range(5)]

    found = standing(area("rest"), credits, [share(id, "rest") for id in range(5)])

    assert found.total.counted == 5
