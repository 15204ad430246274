"""Compact notation for worked examples in the rule library: credits, their allocation, and the expected result."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from credentials.rules import Requirements, Window, read_requirements
from education.rules import CreditFacts, Reason, Share, Standing

LIBRARY = Path("docs/rule-library")
WINDOW = Window(date(2023, 1, 1), date(2025, 12, 31))


@dataclass(frozen=True)
class Example:
    """Credits are written "id subjects points [kind] [day]", shares "credit area points".

    `missing` maps area, rule, rule and year, or "total" to its shortfall; `over` names the rule or area that cut a
    credit; `best` is the shortfall of the best allocation of the same credits.
    """

    scheme: str
    name: str
    credits: str
    shares: str
    counted: str
    missing: dict[str, str] = field(default_factory=dict)
    over: dict[str, str] = field(default_factory=dict)
    best: dict[str, str] = field(default_factory=dict)

    @property
    def requirements(self) -> Requirements:
        return library(self.scheme)

    def facts(self) -> list[CreditFacts]:
        return [credit(*line.split()) for line in self.credits.strip().splitlines()]

    def allocation(self) -> list[Share]:
        lines = [line.split() for line in self.shares.strip().splitlines()]
        return [Share(id, area, Decimal(points)) for id, area, points in lines]


def library(scheme: str) -> Requirements:
    file = LIBRARY / f"{scheme}.toml"
    return read_requirements(file.read_text(encoding="utf-8"), name=file.name)


def credit(id: str, subjects: str, points: str, kind: str = "course", on: str = "2024-05-01") -> CreditFacts:
    words = frozenset(subjects.split(";"))
    return CreditFacts(id, id, kind, words, None, date.fromisoformat(on), Decimal(points))


def missing(standing: Standing) -> dict[str, str]:
    """Every shortfall, by name."""
    found = {"total": standing.total.missing} | {area.code: area.missing for area in standing.areas}
    for rule in standing.rules:
        for period in rule.periods:
            year = f" {period.of.starts_on.year}" if isinstance(period.of, Window) and rule.per == "year" else ""
            found[rule.code + year] = period.missing
    return {name: f"{points:.2f}" for name, points in found.items() if points}


def over(standing: Standing) -> dict[str, str]:
    """The rule, or else the area, that cut each credit."""
    return {
        str(each.id): reason.rule or str(reason.area)
        for each in standing.credits
        for reason in each.reasons
        if reason.reason is Reason.OVER_LIMIT
    }


def each(examples: list[Example]) -> pytest.MarkDecorator:
    """One test per example, named by scheme and example."""
    return pytest.mark.parametrize("example", [pytest.param(one, id=f"{one.scheme}: {one.name}") for one in examples])
