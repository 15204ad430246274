"""Counts shares in a fixed order, each up to the tightest maximum that applies, and says why the rest doesn't count."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter, itemgetter, sub

from credentials.rules import Requirements, Window
from credentials.rules.points import from_hundredths, round_down
from education.rules.compiled import OUTSIDE, AreaLimits, Compiled, CreditClass, Item, Lines, compiled
from education.rules.values import CreditFacts, CreditId, CreditReason, Fit, Reason, Share

_id, _completed_on = attrgetter("id"), attrgetter("completed_on")


class UnknownShare(ValueError):
    """A share names an unknown credit or area."""


@lru_cache(maxsize=8192)
def because(reason: Reason, points: int, area: str | None = None, rule: str | None = None) -> CreditReason:
    """A reason for a number of hundredths; cached, so that credits with the same outcome share one object."""
    return CreditReason(reason, from_hundredths(points), area, rule)


@lru_cache(maxsize=8192)
def counted(points: int, area: str) -> tuple[CreditReason]:
    """The reason for hundredths that count; by far the most common one, and usually a credit's only one."""
    return (because(Reason.COUNTED, points, area),)


@lru_cache(maxsize=8192)
def over_limit(points: int, area: str, rule: str | None) -> tuple[CreditReason]:
    """The reason for hundredths above a rule's maximum or, if `rule` is None, above the area's own."""
    return (because(Reason.OVER_LIMIT, points, area, rule),)


@dataclass(slots=True)
class Tally:
    """Shares counted against requirements, in hundredths: the room left under each maximum, and how each credit fares.

    `credits` are sorted by completion date and id. A credit's place is its index in that list; `classes`, `rest`,
    `counted` and `reasons` are parallel to it. `excluded` says why none of a credit can count, `rest` is what no reason
    accounts for yet, `unusable` is the part of its shares beyond whole steps or beyond its points, and `of_items` is
    what counts of each credit under each rule per item.
    """

    compiled: Compiled
    window: Window
    years: tuple[Window, ...]
    lines: Lines
    credits: list[CreditFacts]
    places: dict[CreditId, int]
    classes: list[CreditClass]
    excluded: dict[int, CreditReason]
    rest: list[int]
    unusable: dict[int, int]
    counted: list[int]
    reasons: list[tuple[CreditReason, ...]]
    rooms: list[int]
    of_items: dict[str, list[int]]

    @property
    def sums(self) -> list[int]:
        """The hundredths that count, in the order of the lines."""
        return list(map(sub, self.lines.maxima, self.rooms))

    def fill(self, area: int, shares: dict[int, int]) -> None:
        """Counts shares in one area, given by place, as far as each credit's points and every maximum allow."""
        code, step, rooms, of_items = self.lines.codes[area], self.compiled.step, self.rooms, self.of_items
        rests, counts, reasons = self.rest, self.counted, self.reasons
        for place in sorted(shares):
            points, rest = shares[place], rests[place]
            taken = points if points < rest else rest
            taken -= taken % step
            if taken < points:
                self.unusable[place] = self.unusable.get(place, 0) + points - taken
            if not taken:
                continue
            rests[place] = rest - taken
            if (limits := self.classes[place].limits[area]) is None:
                reasons[place] += (because(Reason.NOT_ACCEPTED, taken, code),)
                continue
            room, reached = taken, None
            for line in limits.capped:
                if rooms[line] < room:
                    room, reached = rooms[line], self.lines.lines[line].rule
            for rule, most, _ in limits.items:
                if (in_item := most - of_items[rule][place]) < room:
                    room, reached = in_item, rule
            if room:
                counts[place] += room
                reasons[place] += counted(room, code)
                for line in limits.lines:
                    rooms[line] -= room
                for item in limits.partial:
                    of_items[item.rule][place] += room
            if room < taken:
                reasons[place] += over_limit(taken - room, code, reached)

    def left(self, place: int) -> int:
        """How much of a credit could still count somewhere, in whole steps."""
        return round_down(self.rest[place], self.compiled.step)

    def unshared(self, place: int) -> int:
        """How much of a credit could still count somewhere and is not in any share, in whole steps."""
        return round_down(max(0, self.rest[place] - self.unusable.get(place, 0)), self.compiled.step)

    def item_room(self, item: Item, place: int) -> int:
        """How much more of one credit may count under a rule per item."""
        return item.most - self.of_items[item.rule][place]

    def headroom(self, credit: CreditId, area: str) -> Fit:
        """How many more points of a credit would count in an area, on top of everything allocated.

        Raises KeyError for an unknown credit or area.
        """
        place, index = self.places[credit], self.compiled.area_index[area]
        points, left = self.credits[place].hundredths, self.left(place)
        if place in self.excluded:
            return Fit(area, from_hundredths(0), self.excluded[place])
        if (limits := self.classes[place].limits[index]) is None:
            return Fit(area, from_hundredths(0), because(Reason.NOT_ACCEPTED, points, area))
        if points < self.compiled.step:
            return Fit(area, from_hundredths(0), because(Reason.BELOW_STEP, points))
        room, rule = min(self._limits(place, limits), key=itemgetter(0), default=(left, None))
        if room >= left:
            return Fit(area, from_hundredths(left), None)
        return Fit(area, from_hundredths(room), because(Reason.OVER_LIMIT, left - room, area, rule))

    def _limits(self, place: int, limits: AreaLimits) -> Iterator[tuple[int, str | None]]:
        """The room under each maximum that applies to a credit in an area, and its rule (None: the area's own)."""
        for line in limits.capped:
            yield self.rooms[line], self.lines.lines[line].rule
        for item in limits.items:
            yield self.item_room(item, place), item.rule

    def fits(self, credit: CreditId) -> tuple[Fit, ...]:
        """The headroom of a credit in every area, in file order."""
        return tuple(self.headroom(credit, area) for area in self.compiled.area_index)


def count(
    requirements: Requirements | Compiled, credits: Iterable[CreditFacts], shares: Iterable[Share], window: Window
) -> Tally:
    """Counts all shares: areas with a minimum first, in file order, then the others; within an area, the oldest first.

    Raises ValueError for two credits with the same id, and UnknownShare for a share of an unknown credit or area.
    """
    tally = _opened(compiled(requirements), credits, window)
    merged = _merged(tally, shares)
    for area in tally.compiled.order:
        tally.fill(area, merged[tally.lines.codes[area]])
    return tally


def _opened(ready: Compiled, credits: Iterable[CreditFacts], window: Window) -> Tally:
    """A tally with no shares counted yet."""
    ordered = sorted(sorted(credits, key=_id), key=_completed_on)
    places = {credit.id: place for place, credit in enumerate(ordered)}
    if len(places) != len(ordered):
        raise ValueError("two credits have the same id")
    years = ready.years(window)
    lines = ready.lines(len(years))
    classes = _classes(lines, ordered, _completed_in(ordered, window, years))
    excluded = {
        place: _exclusion(credit, window)
        for place, (credit, credit_class) in enumerate(zip(ordered, classes, strict=True))
        if credit.refused is not None or not credit_class.is_accepted
    }
    rest = [credit.hundredths for credit in ordered]
    reasons: list[tuple[CreditReason, ...]] = [()] * len(ordered)
    for place, reason in excluded.items():
        rest[place], reasons[place] = 0, (reason,)
    counted = [0] * len(ordered)
    # A rule per item without filters uses `counted` itself and needs no sums of its own.
    of_items = {rule: counted if item.of_all else counted.copy() for rule, item in lines.items.items()}
    return Tally(
        compiled=ready,
        window=window,
        years=years,
        lines=lines,
        credits=ordered,
        places=places,
        classes=classes,
        excluded=excluded,
        rest=rest,
        unusable={},
        counted=counted,
        reasons=reasons,
        rooms=list(lines.maxima),
        of_items=of_items,
    )


def _classes(lines: Lines, ordered: list[CreditFacts], periods: list[int]) -> list[CreditClass]:
    known = lines.classes
    return [
        known.get(key := (credit.kind, credit.subjects, credit.provider, period)) or lines.class_of(*key)
        for credit, period in zip(ordered, periods, strict=True)
    ]


def _completed_in(ordered: list[CreditFacts], window: Window, years: tuple[Window, ...]) -> list[int]:
    """For each credit, the index of the window's year it was completed in, or OUTSIDE; credits are sorted by date."""
    found = [OUTSIDE] * bisect_left(ordered, window.starts_on, key=_completed_on)
    for period, year in enumerate(years):
        found += [period] * (bisect_right(ordered, year.ends_on, key=_completed_on) - len(found))
    return found + [OUTSIDE] * (len(ordered) - len(found))


def _exclusion(credit: CreditFacts, window: Window) -> CreditReason:
    """Why none of the credit can count in any area: a refusal first, then the date, then the subjects."""
    points = from_hundredths(credit.hundredths)
    if credit.refused is not None:
        return CreditReason(Reason.REFUSED, points, why=credit.refused)
    if credit.completed_on not in window:
        return CreditReason(Reason.OUTSIDE_WINDOW, points, day=credit.completed_on, window=window)
    return CreditReason(Reason.NOT_ACCEPTED, points)


def _merged(tally: Tally, shares: Iterable[Share]) -> dict[str, dict[int, int]]:
    """Adds up the shares of each credit in each area; returns hundredths by area and place."""
    merged: dict[str, dict[int, int]] = {code: {} for code in tally.lines.codes}
    places = tally.places
    try:
        for share in shares:
            of, place = merged[share.area], places[share.credit]
            of[place] = of.get(place, 0) + share.hundredths
    except KeyError as missing:
        raise UnknownShare(f"a share of {share.credit} in {share.area}: there is no {missing}") from missing
    return merged
