from decimal import Decimal

import pytest

from education.rules import Purpose, count, purposes
from tests.education.rules.facts import WINDOW, area, credit, requirements, rule, share

SAFETY = area("safety", 'minimum = "2"', accepts="safety")
REST = area("rest")
POSTERS = rule("posters", 'kinds = ["poster"]', 'minimum = "1"')


def told(tables, credits, added, pinned=(), *, total="4"):
    before = count(requirements(tables, total=total), credits, pinned, WINDOW)
    return [(each.area or each.rule or "total", str(each.missing)) for each in purposes(before, added)]


def test_a_share_fills_its_area_as_long_as_that_lacks_points():
    credits = [credit(1, "1", "safety"), credit(2, "2", "safety"), credit(3, "1", "safety")]

    found = told(SAFETY + REST, credits, [share(1, "safety"), share(2, "safety", "2"), share(3, "safety")])

    assert found == [("safety", "2.00"), ("safety", "1.00"), ("total", "1.00")]


def test_what_is_allocated_already_counts_first():
    credits = [credit(1, "2", "safety"), credit(2, "1", "safety")]

    assert told(SAFETY + REST, credits, [share(2, "safety")], [share(1, "safety", "2")]) == [("total", "2.00")]


@pytest.mark.parametrize(("kind", "purpose"), [("poster", ("posters", "1.00")), ("article", ("total", "4.00"))])
def test_a_rule_is_helped_by_the_credits_it_looks_at(kind, purpose):
    assert told(REST + POSTERS, [credit(1, kind=kind)], [share(1, "rest")]) == [purpose]


def test_where_nothing_is_missing_a_share_is_spare():
    credits = [credit(1, "4"), credit(2)]

    before = count(requirements(REST, total="4"), credits, [share(1, "rest", "4")], WINDOW)

    assert purposes(before, [share(2, "rest")]) == (Purpose(None, None, Decimal("0.00")),)
