"""Inputs and results of the rules engine. Points are exact decimals with two places.

Results are named tuples: as immutable as frozen dataclasses, and created in a third of the time.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from credentials.enums import Per
from credentials.rules import Window
from credentials.rules.points import hundredths

CreditId = int | str


class Reason(StrEnum):
    """Why points of a credit count, or why they don't."""

    COUNTED = "counted"
    OVER_LIMIT = "over_limit"
    OUTSIDE_WINDOW = "outside_window"
    NOT_ACCEPTED = "not_accepted"
    NOT_ALLOCATED = "not_allocated"
    NOT_NEEDED = "not_needed"
    BELOW_STEP = "below_step"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CreditFacts:
    """A completed activity. `refused` is why a reviewer, an auditor or the provider excluded it, if one did.

    Raises ValueError for points that are negative or finer than hundredths.
    """

    id: CreditId
    title: str
    kind: str
    subjects: frozenset[str]
    provider: str | None
    completed_on: date
    points: Decimal
    refused: str | None = None
    hundredths: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hundredths", hundredths(self.points))
        if self.hundredths < 0:
            raise ValueError(f"credit {self.id}: points must be zero or more, not {self.points}")


@dataclass(frozen=True, slots=True)
class Share:
    """Points of one credit allocated to one area.

    Raises ValueError for points that are negative or finer than hundredths.
    """

    credit: CreditId
    area: str
    points: Decimal
    hundredths: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hundredths", hundredths(self.points))
        if self.hundredths < 0:
            raise ValueError(f"a share of credit {self.credit} must be zero or more points, not {self.points}")


class CreditReason(NamedTuple):
    """What became of some of a credit's points, with the facts that explain it.

    `rule` is the rule whose maximum was reached; without one, it was the maximum of `area`. `day` is the completion
    date and `window` the days it falls outside of. `why` is the text given by whoever refused the credit.
    """

    reason: Reason
    points: Decimal
    area: str | None = None
    rule: str | None = None
    day: date | None = None
    window: Window | None = None
    why: str | None = None


class CreditStanding(NamedTuple):
    """A credit with the reasons for all of its points: the points of the reasons add up to its own exactly."""

    id: CreditId
    points: Decimal
    counted: Decimal
    reasons: tuple[CreditReason, ...]

    @property
    def main(self) -> CreditReason:
        """The reason to show first: the one with the most points among those not counted, else among those counted."""
        not_counted = [reason for reason in self.reasons if reason.reason is not Reason.COUNTED]
        return max(not_counted or self.reasons, key=lambda reason: reason.points)


class Fit(NamedTuple):
    """How many more points of a credit would count in an area and, if not all that are left, why.

    Zero points without a reason: the whole credit is already allocated.
    """

    area: str
    points: Decimal
    reason: CreditReason | None


class Measure(NamedTuple):
    """Points needed, counted and missing."""

    needed: Decimal
    counted: Decimal
    missing: Decimal


class AreaStanding(NamedTuple):
    """Progress in one area."""

    code: str
    title: str
    needed: Decimal
    counted: Decimal
    missing: Decimal
    maximum: Decimal | None


class Period(NamedTuple):
    """A rule's sum over the whole window, over one of its years, or for one credit (`of`)."""

    of: Window | CreditId
    counted: Decimal
    missing: Decimal

    @property
    def holds(self) -> bool:
        """Whether nothing is missing. A maximum always holds, because points above it do not count."""
        return not self.missing


class RuleStanding(NamedTuple):
    """Progress under one rule, period by period; `areas` is None if the rule covers all areas."""

    code: str
    title: str
    per: Per
    minimum: Decimal | None
    maximum: Decimal | None
    areas: frozenset[str] | None
    periods: tuple[Period, ...]


class Standing(NamedTuple):
    """Where a holder stands in a cycle. The preview and the decision use the same evaluation."""

    window: Window
    total: Measure
    areas: tuple[AreaStanding, ...]
    rules: tuple[RuleStanding, ...]
    credits: tuple[CreditStanding, ...]
    shortfall: Decimal

    @property
    def is_complete(self) -> bool:
        """Whether every requirement is met."""
        return not self.shortfall

    def credit(self, credit: CreditId) -> CreditStanding:
        """The standing of one credit. Raises KeyError if that credit was not evaluated."""
        for standing in self.credits:
            if standing.id == credit:
                return standing
        raise KeyError(credit)
