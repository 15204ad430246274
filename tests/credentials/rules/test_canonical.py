"""Canonical form of requirements: the round trip loses nothing."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import credentials
from credentials.enums import Per
from credentials.rules import Area, Requirements, Rule, plain_requirements, read_requirements, requirements_from

FILES = sorted((Path(credentials.__file__).parent / "requirement_sets").glob("*.toml"))
EVERYTHING = Requirements(
    credential="MLS(ASCP)",
    title="Medical Laboratory Scientist",
    version="2",
    applies_from=date(2022, 1, 1),
    total=Decimal("36"),
    step=Decimal("0.25"),
    verified=True,
    source="ascp.org",
    areas=(Area("a", "Area", Decimal("1"), Decimal("2.5"), frozenset({"y", "x"})),),
    rules=(
        Rule(
            "r", "Rule", frozenset({"k"}), frozenset({"s"}), frozenset({"p"}), frozenset({"a"}), None, Decimal("0"),
            Per.YEAR,
        ),
        Rule("q", "Rule", None, None, None, None, Decimal("1"), None),
    ),
    note="A note.",
)  # fmt: skip


def test_everything_is_told():
    assert plain_requirements(EVERYTHING) == {
        "credential": "MLS(ASCP)",
        "title": "Medical Laboratory Scientist",
        "version": "2",
        "applies_from": "2022-01-01",
        "total": "36.00",
        "step": "0.25",
        "verified": True,
        "source": "ascp.org",
        "note": "A note.",
        "areas": [{"code": "a", "title": "Area", "minimum": "1.00", "maximum": "2.50", "accepts": ["x", "y"]}],
        "rules": [
            {
                "code": "r",
                "title": "Rule",
                "kinds": ["k"],
                "subjects": ["s"],
                "providers": ["p"],
                "areas": ["a"],
                "minimum": None,
                "maximum": "0.00",
                "per": "year",
            },
            {
                "code": "q",
                "title": "Rule",
                "kinds": None,
                "subjects": None,
                "providers": None,
                "areas": None,
                "minimum": "1.00",
                "maximum": None,
                "per": "cycle",
            },
        ],
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_set_we_ship_is_read_back_as_it_was(path):
    requirements = read_requirements(path.read_text(encoding="utf-8"), name=path.name)

    assert requirements_from(json.loads(json.dumps(plain_requirements(requirements)))) == requirements


def test_a_set_with_everything_is_read_back_as_it_was():
    assert requirements_from(plain_requirements(EVERYTHING)) == EVERYTHING


@pytest.mark.parametrize("broken", [{"total": "many"}, {"areas": [{}]}, {"applies_from": "some day"}])
def test_what_is_no_set_is_an_error(broken):
    with pytest.raises((ArithmeticError, KeyError, ValueError)):
        requirements_from(plain_requirements(EVERYTHING) | broken)
