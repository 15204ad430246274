from dataclasses import replace
from decimal import Decimal

import pytest

from credentials.rules import Area, Rule
from credentials.rules.points import from_hundredths, hundredths, round_down

ALL = Rule("r", "Rule", None, None, None, None, None, Decimal(1))


@pytest.mark.parametrize(
    ("accepts", "subjects", "expected"),
    [
        ({"safety"}, {"safety", "chemistry"}, True),
        ({"safety"}, {"chemistry"}, False),
        ({"safety"}, set(), False),
        ({"*"}, {"chemistry"}, True),
        ({"*"}, set(), True),
    ],
)
def test_area_accepts_a_shared_subject(accepts, subjects, expected):
    area = Area("a", "Area", Decimal(0), None, frozenset(accepts))

    assert area.accepts_subjects(frozenset(subjects)) is expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, True),
        ({"kinds": {"article", "poster"}}, True),
        ({"kinds": {"poster"}}, False),
        ({"subjects": {"safety", "ethics"}}, True),
        ({"subjects": {"ethics"}}, False),
        ({"providers": {"P1"}}, True),
        ({"providers": {"P2"}}, False),
        ({"kinds": {"article"}, "subjects": {"safety"}, "providers": {"P1"}}, True),
        ({"kinds": {"article"}, "subjects": {"safety"}, "providers": {"P2"}}, False),
    ],
)
def test_rule_matches_when_every_filter_does(filters, expected):
    rule = replace(ALL, **{name: frozenset(values) for name, values in filters.items()})

    assert rule.matches("article", frozenset({"safety"}), "P1") is expected


def test_rule_for_providers_matches_no_self_recorded_credit():
    assert not replace(ALL, providers=frozenset({"P1"})).matches("article", frozenset(), None)


@pytest.mark.parametrize(("areas", "expected"), [(None, True), ({"a"}, True), ({"b"}, False)])
def test_rule_covers_its_areas(areas, expected):
    assert replace(ALL, areas=areas and frozenset(areas)).covers("a") is expected


@pytest.mark.parametrize(("points", "whole"), [("0", 0), ("0.01", 1), ("1", 100), ("1.250", 125), ("36.00", 3600)])
def test_points_are_whole_hundredths(points, whole):
    assert hundredths(Decimal(points)) == whole
    assert from_hundredths(whole) == Decimal(points)


def test_finer_points_are_refused():
    with pytest.raises(ValueError, match=r"0\.001 has more than two decimals"):
        hundredths(Decimal("0.001"))


def test_points_have_two_places():
    assert str(from_hundredths(150)) == "1.50"


@pytest.mark.parametrize(("whole", "down"), [(0, 0), (24, 0), (25, 25), (26, 25)])
def test_rounding_down_to_whole_steps(whole, down):
    assert round_down(whole, 25) == down
