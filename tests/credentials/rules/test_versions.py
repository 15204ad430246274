from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from credentials.enums import Per
from credentials.rules import Area, Raised, Requirements, RequirementsError, Rule, check_versions, newest_for, raised

FIRST = Requirements("PA(ASCP)", "PA", "1", None, Decimal(45), Decimal("0.25"), False, "", ())
SECOND = replace(FIRST, version="2", applies_from=date(2022, 1, 1))


def test_versions_that_follow_each_other_pass():
    check_versions({"pa-1.toml": FIRST, "pa-2.toml": SECOND, "mls.toml": replace(FIRST, credential="MLS(ASCP)")})


def test_the_same_version_twice_is_refused():
    with pytest.raises(RequirementsError) as caught:
        check_versions({"a.toml": FIRST, "b.toml": replace(SECOND, version="1")})

    assert str(caught.value) == 'b.toml: version: "1" as in a.toml, for the same credential PA(ASCP); change one'


@pytest.mark.parametrize(
    ("day", "said", "remedy"),
    [
        (None, "missing", "only one version may go without; write, for example, applies_from = 2028-01-01"),
        (date(2022, 1, 1), '"2022-01-01"', "change one"),
    ],
)
def test_the_same_first_day_twice_is_refused(day, said, remedy):
    first, second = replace(FIRST, applies_from=day), replace(SECOND, applies_from=day)

    with pytest.raises(RequirementsError) as caught:
        check_versions({"a.toml": first, "b.toml": second})

    assert str(caught.value) == (
        f"b.toml: applies_from: {said} as in a.toml, for the same credential PA(ASCP); {remedy}"
    )


@pytest.mark.parametrize(
    ("ends_on", "expected"),
    [(date(2021, 12, 31), FIRST), (date(2022, 1, 1), SECOND), (date(2030, 1, 1), SECOND)],
)
def test_newest_for_a_cycle_is_the_last_that_applies(ends_on, expected):
    assert newest_for([SECOND, FIRST], ends_on) is expected


def test_newest_for_is_none_before_the_first():
    assert newest_for([SECOND], date(2021, 12, 31)) is None


def area(minimum, code="safety"):
    return Area(code, "Safety", Decimal(minimum), None, frozenset({"safety"}))


def rule(minimum, per=Per.CYCLE):
    return Rule("live", "Live events", None, None, None, None, minimum, Decimal(30), per)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({"total": Decimal(60)}, {}, []),
        ({}, {"total": Decimal(60)}, [("", 45, 60)]),
        ({"areas": (area(1),)}, {"areas": (area(2),)}, [("Safety", 1, 2)]),
        ({"areas": (area(2),)}, {"areas": (area(1),)}, []),
        ({"areas": (area(2),)}, {}, []),
        ({"areas": (area(1, "quality"),)}, {"areas": (area(1),)}, [("Safety", 0, 1)]),
        ({}, {"areas": (area(0),)}, []),
        ({"rules": (rule(Decimal(1)),)}, {"rules": (rule(Decimal(3)),)}, [("Live events", 1, 3)]),
        ({"rules": (rule(Decimal(3)),)}, {"rules": (rule(Decimal(3), Per.YEAR),)}, [("Live events", 0, 3)]),
        ({}, {"rules": (rule(None),)}, []),
    ],
    ids=[
        "nothing", "less in all", "more in all", "more in an area", "less in an area", "an area less", "another area",
        "an area without a minimum", "more by a rule", "by a rule per year", "a rule without a minimum",
    ],
)  # fmt: skip
def test_raised_is_every_minimum_that_went_up(before, after, expected):
    assert raised(replace(FIRST, **before), replace(SECOND, **after)) == tuple(Raised(*one) for one in expected)
