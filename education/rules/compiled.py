"""Requirements compiled for counting: integer hundredths, and the limits that apply to each class of credits."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from credentials.enums import Per
from credentials.rules import Area, Requirements, Rule, Window, periods
from credentials.rules.points import hundredths, round_down

UNLIMITED = 10**12
MOST_CLASSES = 10_000
OUTSIDE = -1


@dataclass(frozen=True, slots=True)
class Line:
    """One sum with a minimum and a maximum, in hundredths: an area's, or a rule's in one of its periods."""

    area: str | None
    rule: str | None
    period: int
    minimum: int
    maximum: int


class Item(NamedTuple):
    """A rule per item and the most it lets count of one credit, in hundredths.

    `of_all`: the rule has no filters, so it applies to whatever counts of any credit.
    """

    rule: str
    most: int
    of_all: bool


class AreaLimits(NamedTuple):
    """The limits on a share of one class of credits in an area that accepts it.

    `lines` are the sums the share adds to, `capped` those of them that have a maximum, `items` the rules per item, and
    `partial` the rules per item that have filters.
    """

    lines: tuple[int, ...]
    capped: tuple[int, ...]
    items: tuple[Item, ...]
    partial: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class CreditClass:
    """A class of credits that meet the same limits: one entry per area, None where the area does not accept them."""

    limits: tuple[AreaLimits | None, ...]
    lines: tuple[tuple[int, ...] | None, ...]
    is_accepted: bool
    has_items: bool


@dataclass(frozen=True, slots=True)
class Lines:
    """All sums that requirements constrain over a window of so many years: areas in file order, then rules by period.

    `codes` are the codes of the areas; `first_of` maps a rule to its first line; `items` are the rules per item, which
    have no lines. `classes` caches the results of `class_of`, and `limits` makes equal limits share one object.
    """

    requirements: Requirements
    lines: tuple[Line, ...]
    codes: tuple[str, ...]
    minima: tuple[int, ...]
    maxima: tuple[int, ...]
    total: int
    first_of: dict[str, int]
    items: dict[str, Item]
    classes: dict[tuple[str, frozenset[str], str | None, int], CreditClass] = field(default_factory=dict)
    limits: dict[AreaLimits, AreaLimits] = field(default_factory=dict)

    def class_of(self, kind: str, subjects: frozenset[str], provider: str | None, period: int) -> CreditClass:
        """The limits on such a credit when completed in this year of the window, or OUTSIDE; cached in `classes`."""
        if len(self.classes) >= MOST_CLASSES:
            self.classes.clear()
        key = (kind, subjects, provider, period)
        found = self.classes[key] = self._class_of(*key)
        return found

    def _class_of(self, kind: str, subjects: frozenset[str], provider: str | None, period: int) -> CreditClass:
        rules = [rule for rule in self.requirements.rules if rule.matches(kind, subjects, provider)]
        by_area = tuple(
            self._limits_of(index, [rule for rule in rules if rule.covers(area.code)], period)
            if area.accepts_subjects(subjects) and period != OUTSIDE
            else None
            for index, area in enumerate(self.requirements.areas)
        )
        return CreditClass(
            limits=by_area,
            lines=tuple(limits and limits.lines for limits in by_area),
            is_accepted=any(by_area),
            has_items=any(limits and limits.items for limits in by_area),
        )

    def _limits_of(self, area: int, rules: list[Rule], period: int) -> AreaLimits:
        lines = (area, *(self._line(rule, period) for rule in rules if rule.per != Per.ITEM))
        capped = tuple(line for line in lines if self.maxima[line] < UNLIMITED)
        items = tuple(self.items[rule.code] for rule in rules if rule.per == Per.ITEM)
        limits = AreaLimits(lines, capped, items, tuple(item for item in items if not item.of_all))
        return self.limits.setdefault(limits, limits)

    def _line(self, rule: Rule, period: int) -> int:
        return self.first_of[rule.code] + (period if rule.per == Per.YEAR else 0)


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """Requirements compiled once to be evaluated many times; compared by identity, which makes it a fast cache key."""

    requirements: Requirements
    step: int
    order: tuple[int, ...]
    area_index: dict[str, int]
    areas: dict[str, Area]
    rules: dict[str, Rule]
    is_yearly: bool
    by_years: dict[int, Lines] = field(default_factory=dict)

    def years(self, window: Window) -> tuple[Window, ...]:
        """The periods of yearly rules, or the window itself if there is no such rule."""
        return _periods(window) if self.is_yearly else (window,)

    def lines(self, years: int = 1) -> Lines:
        """The sums over a window of so many years; without yearly rules, they are the same for every window."""
        years = years if self.is_yearly else 1
        if (found := self.by_years.get(years)) is None:
            found = self.by_years[years] = _lines(self.requirements, self.step, years)
        return found


_periods = lru_cache(maxsize=1024)(periods)


@lru_cache(maxsize=256)
def compile_requirements(requirements: Requirements) -> Compiled:
    """Compiles requirements, cached by equality; areas with a minimum are counted first, in file order."""
    areas = requirements.areas
    order = tuple(sorted(range(len(areas)), key=lambda index: not areas[index].minimum))
    return Compiled(
        requirements=requirements,
        step=hundredths(requirements.step),
        order=order,
        area_index={area.code: index for index, area in enumerate(areas)},
        areas={area.code: area for area in areas},
        rules={rule.code: rule for rule in requirements.rules},
        is_yearly=any(rule.per == Per.YEAR for rule in requirements.rules),
    )


def compiled(requirements: Requirements | Compiled) -> Compiled:
    """Compiles requirements that are not compiled yet."""
    return requirements if isinstance(requirements, Compiled) else compile_requirements(requirements)


def _lines(requirements: Requirements, step: int, years: int) -> Lines:
    lines = [_line(area, step, area=area.code) for area in requirements.areas]
    first_of = {}
    for rule in requirements.rules:
        first_of[rule.code] = len(lines)
        if rule.per != Per.ITEM:
            asked = years if rule.per == Per.YEAR else 1
            lines.extend(_line(rule, step, rule=rule.code, period=period) for period in range(asked))
    return Lines(
        requirements=requirements,
        lines=tuple(lines),
        codes=tuple(area.code for area in requirements.areas),
        minima=tuple(line.minimum for line in lines),
        maxima=tuple(line.maximum for line in lines),
        total=hundredths(requirements.total),
        first_of=first_of,
        items={rule.code: _item(rule, step) for rule in requirements.rules if rule.per == Per.ITEM},
    )


def _line(limit: Area | Rule, step: int, *, area: str | None = None, rule: str | None = None, period: int = 0) -> Line:
    minimum = hundredths(limit.minimum) if limit.minimum is not None else 0
    return Line(area, rule, period, minimum, _most(limit, step))


def _item(rule: Rule, step: int) -> Item:
    filters = (rule.kinds, rule.subjects, rule.providers, rule.areas)
    return Item(rule.code, _most(rule, step), all(words is None for words in filters))


def _most(limit: Area | Rule, step: int) -> int:
    return UNLIMITED if limit.maximum is None else round_down(hundredths(limit.maximum), step)
