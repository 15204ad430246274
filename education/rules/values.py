"""What goes into the rules engine and what comes out; points are exact decimals with two places.

Answers are named tuples: as frozen as dataclasses, and made in a third of the time.
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
    """A completed activity; `refused` says why a reviewer, an auditor or the provider took it out.

    ValueError for points below zero or finer than hundredths.
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
            raise ValueError(f"credit {self.id}: points are zero or more, not {self.points}")


@dataclass(frozen=True, slots=True)
class Share:
    """Points of one credit allocated to one area; ValueError when below zero or finer than hundredths."""

    credit: CreditId
    area: str
    points: Decimal
    hundredths: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hundredths", hundredths(self.points))
        if self.hundredths < 0:
            raise ValueError(f"a share of credit {self.credit} is zero or more points, not {self.points}")


class CreditReason(NamedTuple):
    """Some points of a credit and what became of them, with what the reason needs to be understood.

    `rule` is the limit that was reached; without one it is the maximum of `area`. `day` and `window`: completed on that
    day, outside those days. `why`: the words of whoever refused.
    """

    reason: Reason
    points: Decimal
    area: str | None = None
    rule: str | None = None
    day: date | None = None
    window: Window | None = None
    why: str | None = None


class CreditStanding(NamedTuple):
    """A credit with the reasons for all of its points: they add up to the points exactly."""

    id: CreditId
    points: Decimal
    counted: Decimal
    reasons: tuple[CreditReason, ...]

    @property
    def main(self) -> CreditReason:
        """The reason to show first: why most of what does not count does not, else where it counts."""
        not_counted = [reason for reason in self.reasons if reason.reason is not Reason.COUNTED]
        return max(not_counted or self.reasons, key=lambda reason: reason.points)


class Fit(NamedTuple):
    """How many more points of a credit would count in an area, and why not all that are left.

    No points and no reason: all of the credit is allocated already.
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
    """How far an area is."""

    code: str
    title: str
    needed: Decimal
    counted: Decimal
    missing: Decimal
    maximum: Decimal | None


class Period(NamedTuple):
    """What a rule finds in the whole window, in one of its years, or in one credit (`of`)."""

    of: Window | CreditId
    counted: Decimal
    missing: Decimal

    @property
    def holds(self) -> bool:
        """Whether nothing is missing; a maximum always holds, because what exceeds it does not count."""
        return not self.missing


class RuleStanding(NamedTuple):
    """How far a rule is, in each of its periods; `areas` None: it sums over all."""

    code: str
    title: str
    per: Per
    minimum: Decimal | None
    maximum: Decimal | None
    areas: frozenset[str] | None
    periods: tuple[Period, ...]


class Standing(NamedTuple):
    """The answer to: where do I stand? The same for the preview and for the decision."""

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
        """The standing of one credit; KeyError when it was not asked about."""
        for standing in self.credits:
            if standing.id == credit:
                return standing
        raise KeyError(credit)
