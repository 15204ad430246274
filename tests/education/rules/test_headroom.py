from decimal import Decimal

import pytest

from education.rules import Reason, count
from tests.education.rules.facts import WINDOW, area, credit, requirements, rule, share

EXAMPLE = requirements(
    area("safety", 'minimum = "1"', 'maximum = "4"', accepts="safety")
    + area("ethics", accepts="ethics")
    + area("rest")
    + rule("papers", 'kinds = ["article"]', 'areas = ["rest"]', 'maximum = "2"')
    + rule("each", 'kinds = ["poster"]', 'maximum = "1"', 'per = "item"')
)


def headroom(credit, area):
    return count(EXAMPLE, [credit], [], WINDOW).headroom(credit.id, area)


def told(found):
    return [(fit.area, fit.points, fit.reason and fit.reason.reason) for fit in found]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(credit(1, "5", "safety"),
                     [("safety", 4, Reason.OVER_LIMIT), ("ethics", 0, Reason.NOT_ACCEPTED), ("rest", 5, None)],
                     id="areas that accept it"),
        pytest.param(credit(1, "3", "ethics", kind="article"),
                     [("safety", 0, Reason.NOT_ACCEPTED), ("ethics", 3, None), ("rest", 2, Reason.OVER_LIMIT)],
                     id="a rule of one area"),
        pytest.param(credit(1, "3", "ethics", kind="poster"),
                     [("safety", 0, Reason.NOT_ACCEPTED), ("ethics", 1, Reason.OVER_LIMIT),
                      ("rest", 1, Reason.OVER_LIMIT)], id="a rule per item"),
        pytest.param(credit(1, "3.10"), [("safety", 0, Reason.NOT_ACCEPTED), ("ethics", 0, Reason.NOT_ACCEPTED),
                                         ("rest", 3, None)], id="whole steps"),
        pytest.param(credit(1, "0.10"), [("safety", 0, Reason.NOT_ACCEPTED), ("ethics", 0, Reason.NOT_ACCEPTED),
                                         ("rest", 0, Reason.BELOW_STEP)], id="below the step"),
        pytest.param(credit(1, on="2019-01-01"),
                     [(code, 0, Reason.OUTSIDE_WINDOW) for code in ("safety", "ethics", "rest")], id="too late"),
        pytest.param(credit(1, refused="No"), [(code, 0, Reason.REFUSED) for code in ("safety", "ethics", "rest")],
                     id="refused"),
    ],
)  # fmt: skip
def test_fits_says_where_a_credit_would_count_and_why_not_elsewhere(facts, expected):
    assert told(count(EXAMPLE, [facts], [], WINDOW).fits(facts.id)) == expected


@pytest.mark.parametrize(
    ("shares", "points", "reason"),
    [
        pytest.param([], 3, None, id="all of it"),
        pytest.param([share(1, "safety", "1")], 2, None, id="what is left of it"),
        pytest.param([share(1, "rest", "3")], 0, None, id="all allocated elsewhere"),
        pytest.param([share(2, "safety", "2")], 2, Reason.OVER_LIMIT, id="what is left of the area"),
        pytest.param([share(2, "safety", "4")], 0, Reason.OVER_LIMIT, id="the area is full"),
    ],
)
def test_headroom_is_what_would_still_count_beside_the_shares(shares, points, reason):
    mine, other = credit(1, "3", "safety"), credit(2, "4", "safety")

    found = count(EXAMPLE, [mine, other], shares, WINDOW).headroom(1, "safety")

    assert (found.points, found.reason and found.reason.reason) == (points, reason)


def test_headroom_names_the_area_that_does_not_accept():
    found = headroom(credit(1, "3"), "ethics").reason

    assert (found.reason, found.points, found.area) == (Reason.NOT_ACCEPTED, 3, "ethics")


def test_headroom_of_a_single_step_is_that_step():
    assert headroom(credit(1, "0.25"), "rest") == ("rest", Decimal("0.25"), None)


def test_headroom_names_the_limit():
    found = headroom(credit(1, "3", kind="article"), "rest").reason

    assert (found.points, found.area, found.rule) == (1, "rest", "papers")


def test_headroom_of_an_unknown_area_is_a_key_error():
    with pytest.raises(KeyError):
        headroom(credit(1), "attic")
