"""Reasons, areas and periods of an evaluation, case by case."""

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


def test_an_area_tells_its_maximum():
    found = standing(area("rest", 'maximum = "3"') + area("other"), [], [])

    assert [each.maximum for each in found.areas] == [3, None]


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


def test_what_a_share_holds_in_vain_is_not_left_to_allocate():
    found = standing(TWO_AREAS, [credit(1, "1.05")], [share(1, "rest", "0.30")])

    assert told(found, 1) == [("counted", "0.25", "rest"), ("not_allocated", "0.75"), ("below_step", "0.05")]


def test_an_area_that_does_not_accept_the_credit_refuses_its_share():
    found = standing(TWO_AREAS, [credit(1, "2")], [share(1, "safety"), share(1, "rest")])

    assert told(found, 1) == [("not_accepted", "1.00", "safety"), ("counted", "1.00", "rest")]


def test_a_share_of_no_points_says_nothing():
    found = standing(TWO_AREAS, [credit(1)], [share(1, "safety", "0"), share(1, "rest", "0")])

    assert told(found, 1) == [("not_allocated", "1.00")]


def test_a_refused_share_keeps_what_counted_before():
    tables = area("safety", 'minimum = "2"', accepts="safety") + area("ethics", accepts="ethics")

    found = standing(tables, [credit(1, "2", "safety")], [share(1, "safety"), share(1, "ethics")])

    assert told(found, 1) == [("counted", "1.00", "safety"), ("not_accepted", "1.00", "ethics")]


def test_a_credit_no_area_accepts_says_so_without_an_area():
    found = standing(area("safety", accepts="safety"), [credit(1, "2.10")], [share(1, "safety")])

    assert told(found, 1) == [("not_accepted", "2.10")]


def test_spare_credits_are_not_needed_once_complete():
    credits = [credit(1, "10"), credit(2, "3.10")]

    found = standing(area("rest"), credits, [share(1, "rest", "10")])

    assert told(found, 2) == [("not_needed", "3.00"), ("below_step", "0.10")]


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


def test_a_rule_over_the_cycle_has_one_period_beside_a_yearly_one():
    found = standing(YEARLY + rule("papers", 'maximum = "5"'), [], [])

    assert [[period.of for period in each.periods] for each in found.rules][1:] == [[WINDOW]]


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
    with pytest.raises(KeyError, match="7"):
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
    monkeypatch.setattr("education.rules.compiled.MOST_CLASSES", 2)
    credits = [credit(id, provider=f"P{id}") for id in range(5)]

    found = standing(area("rest"), credits, [share(id, "rest") for id in range(5)])

    assert found.total.counted == 5
