"""What a credential requires in one cycle: areas to which points are allocated, and limits across them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from credentials.enums import Per

ANY = "*"


@dataclass(frozen=True, slots=True)
class Area:
    """A category of required points: each point is allocated to exactly one area per cycle."""

    code: str
    title: str
    minimum: Decimal
    maximum: Decimal | None
    accepts: frozenset[str]

    def accepts_subjects(self, subjects: frozenset[str]) -> bool:
        """Whether the area and a credit share a subject; `*` accepts any credit."""
        return ANY in self.accepts or not self.accepts.isdisjoint(subjects)


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit, in points, on the sum of the allocations that match all filters; None as a filter matches all."""

    code: str
    title: str
    kinds: frozenset[str] | None
    subjects: frozenset[str] | None
    providers: frozenset[str] | None
    areas: frozenset[str] | None
    minimum: Decimal | None
    maximum: Decimal | None
    per: Per = Per.CYCLE

    def matches(self, kind: str, subjects: frozenset[str], provider: str | None) -> bool:
        """Whether the filters match a credit; a credit without a known provider matches no provider filter."""
        return (
            (self.kinds is None or kind in self.kinds)
            and (self.subjects is None or not self.subjects.isdisjoint(subjects))
            and (self.providers is None or provider in self.providers)
        )

    def covers(self, area: str) -> bool:
        """Whether allocations to this area count toward the sum."""
        return self.areas is None or area in self.areas


@dataclass(frozen=True, slots=True)
class Requirements:
    """One dated version of a credential's requirements, in points per cycle."""

    credential: str
    title: str
    version: str
    applies_from: date | None
    total: Decimal
    step: Decimal
    verified: bool
    source: str
    areas: tuple[Area, ...]
    rules: tuple[Rule, ...] = ()
    note: str = ""
