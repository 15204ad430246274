"""Which version of a credential's requirements applies to a cycle."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

from credentials.rules.problems import Problem, RequirementsError
from credentials.rules.values import Requirements


class Versioned(Protocol):
    """A requirement set, or a row that stands for one, which applies to cycles ending on `applies_from` or later."""

    applies_from: date | None


Set = TypeVar("Set", bound=Versioned)


def check_versions(sets: Mapping[str, Requirements]) -> None:
    """Raise RequirementsError if two files have the same version, or the same first day, for one credential."""
    problems = []
    seen: dict[tuple[str, str, object], str] = {}
    for name, requirements in sets.items():
        for key, value in (("version", requirements.version), ("applies_from", requirements.applies_from)):
            first = seen.setdefault((requirements.credential, key, value), name)
            if first != name:
                said = "missing" if value is None else f'"{value}"'
                remedy = "change one"
                if value is None:
                    remedy = "only one version may go without; write, for example, applies_from = 2028-01-01"
                message = f"{said} as in {first}, for the same credential {requirements.credential}; {remedy}"
                problems.append(Problem(name, key, message))
    if problems:
        raise RequirementsError(problems)


def newest_for(sets: Iterable[Set], day: date) -> Set | None:
    """The newest of one credential's sets that applies to a cycle ending on `day`; None if none does yet.

    Source: pathassist.org, NEW_CMP_Requirements ("recertifying on or after").
    """
    applying = [each for each in sets if each.applies_from is None or each.applies_from <= day]
    return max(applying, key=lambda each: each.applies_from or date.min, default=None)


@dataclass(frozen=True, slots=True)
class Raised:
    """A minimum that went up, in points: of an area, of a rule, or, without a title, of the whole cycle."""

    title: str
    before: Decimal
    after: Decimal


def raised(before: Requirements, after: Requirements) -> tuple[Raised, ...]:
    """What `after` requires more of than `before`; a new area or rule, or one per another period, was not required."""
    known = {code: least for code, (_title, least) in _minimums(before).items()}
    compared = (Raised(title, known.get(code, Decimal(0)), least) for code, (title, least) in _minimums(after).items())
    return tuple(one for one in compared if one.after > one.before)


def _minimums(requirements: Requirements) -> dict[tuple[str, str, str], tuple[str, Decimal]]:
    areas = {("area", one.code, ""): (one.title, one.minimum) for one in requirements.areas}
    rules = {("rule", one.code, str(one.per)): (one.title, one.minimum or Decimal(0)) for one in requirements.rules}
    return {("total", "", ""): ("", requirements.total), **areas, **rules}
