"""Points still to earn, and the effect of a plan."""

from datetime import date

import pytest

from education.rules import Change, ToEarn, compile_requirements, critical_credits, plan, plan_words, sentences
from tests.education.rules.facts import WINDOW, area, credit, requirements, rule, share

TABLES = area("safety", 'minimum = "2"', accepts="safety") + area("rest")
YEARLY = rule("yearly", 'minimum = "2"', 'per = "year"')
END = date(2018, 6, 30)
TODAY = date(2016, 6, 1)
HAS = [credit(1, "1", "safety"), credit(2, "6")]


def planned(tables=TABLES, credits=HAS, pinned=(), *, on=TODAY, **changes):
    return plan(requirements(tables), credits, pinned, WINDOW, on=on, **changes)


def told(each):
    return each.area or each.rule, str(each.points), each.by


def test_what_is_to_earn_is_told_by_area_then_anywhere():
    assert [told(each) for each in planned().to_earn] == [("safety", "1.00", END), (None, "2.00", END)]


def test_a_year_is_to_earn_by_its_end_and_a_past_year_never():
    found = planned(TABLES + YEARLY, [credit(1, "10", "safety", on="2018-01-01")])

    assert [told(each) for each in found.to_earn] == [
        (None, "2.00", END),
        ("yearly", "2.00", date(2017, 5, 31)),
    ]


@pytest.mark.parametrize(
    ("changes", "gained", "areas", "words"),
    [
        ({}, "0.00", [], "It changes nothing: you still need 3.00 points by 2018-06-30."),
        ({"planned": [credit(3, "6", "safety")], "dropped": [2]}, "0.00", [("safety", 1, 0)],
         "Overall, it changes nothing: you still need 3.00 points by 2018-06-30."),
        ({"planned": [credit(3, "1", "safety")]}, "1.00", [("safety", 1, 0), (None, 3, 2)],
         "With this plan you still need 2.00 points by 2018-06-30;"
         " right now you still need 3.00 points by 2018-06-30."),
        ({"planned": [credit(3, "3", "safety")]}, "3.00", [("safety", 1, 0), (None, 3, 0)],
         "With this plan you have all you need; right now you still need 3.00 points by 2018-06-30."),
        ({"dropped": [2]}, "-6.00", [(None, 3, 9)],
         "With this plan you still need 9.00 points by 2018-06-30;"
         " right now you still need 3.00 points by 2018-06-30."),
        ({"refused": [1]}, "-1.00", [("safety", 1, 2), (None, 3, 4)],
         "With this plan you still need 4.00 points by 2018-06-30;"
         " right now you still need 3.00 points by 2018-06-30."),
    ],
)  # fmt: skip
def test_a_plan_says_what_it_changes(changes, gained, areas, words):
    found = planned(**changes)

    assert str(found.before.needed - found.after.needed) == gained
    assert found.changes == tuple(Change(*each) for each in areas)
    assert plan_words(found) == words


def test_a_plan_says_what_it_changes_without_its_last_day():
    found = planned(planned=[credit(3, "1", "safety")])

    told = plan_words(found, dated=False)

    assert told == "With this plan you still need 2.00 points; right now you still need 3.00 points."


def test_shares_of_a_dropped_credit_go_and_those_of_a_refused_one_stay():
    pinned = [share(1, "safety", "1")]

    dropped, refused = planned(pinned=pinned, dropped=[1]), planned(pinned=pinned, refused=[1])

    assert [(each.credit, each.area) for each in dropped.after.shares] == [(2, "rest")]
    assert [(each.credit, each.area) for each in refused.after.shares] == [(1, "safety"), (2, "rest")]


def test_a_credit_refused_in_a_plan_says_so():
    standing = planned(refused=[2]).after.standing

    told = sentences(standing.credit(2), compile_requirements(requirements(TABLES)))

    assert told == "6.00 not counted: refused in this plan."


def test_only_what_a_past_year_lacks_is_left():
    found = planned(TABLES + YEARLY, [credit(1, "10", "safety", on="2018-01-01")], on=date(2017, 6, 1))

    assert found.to_earn == ()
    assert plan_words(found) == ("It changes nothing: you can no longer make up the points missing from a past year.")


def test_to_earn_is_equal_by_value():
    assert ToEarn(1, END) == ToEarn(1, END, None, None)


@pytest.mark.parametrize(
    ("credits", "expected"),
    [
        pytest.param([credit(1, "2", "safety"), credit(2, "8")], (1, 2), id="each is needed"),
        pytest.param([credit(1, "2", "safety"), credit(2, "8"), credit(3, "8")], (1,), id="the rest has a spare"),
        pytest.param([credit(1, "2", "safety"), credit(2, "8"), credit(3, "2", "safety")], (2,), id="safety has one"),
        pytest.param([credit(1, "4", "safety"), credit(2, "4", "safety"), credit(3, "6")], (3,), id="two alike"),
        pytest.param([credit(1, "5", "safety"), credit(2, "5", "safety"), credit(3, "1")], (1, 2), id="alike, needed"),
        pytest.param([credit(1, "2", "safety")], (), id="not complete"),
    ],
)  # fmt: skip
def test_critical_credits_are_those_nothing_can_stand_in_for(credits, expected):
    assert critical_credits(requirements(TABLES), credits, WINDOW) == expected


def test_what_can_not_be_proven_in_time_is_not_called_critical():
    credits = [credit(1, "2", "safety"), credit(2, "8")]

    assert critical_credits(requirements(TABLES), credits, WINDOW, seconds=0) == ()


def test_one_of_several_like_credits_is_not_critical_when_another_kind_can_stand_in():
    """Both courses are used first, as they fit in fewer areas; the poster is left and makes up for either."""
    tables = area("courses", accepts="*") + area("posters", accepts="poster")
    credits = [credit(1, "5"), credit(2, "5"), credit(3, "5", "poster")]

    assert critical_credits(requirements(tables), credits, WINDOW) == ()
