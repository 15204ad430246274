"""Counts shares in a fixed order, each up to the least room in any maximum, and says why the rest does not count."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter, itemgetter, sub

from credentials.rules import Requirements, Window
from credentials.rules.points import from_hundredths, round_down
from education.rules.compiled import OUTSIDE, Compiled, Item, Lines, Sort, Spot, compiled
from education.rules.values import CreditFacts, CreditId, CreditReason, Fit, Reason, Share

_id, _completed_on = attrgetter("id"), attrgetter("completed_on")


class UnknownShare(ValueError):
    """A share names a credit or an area that is not there."""


@lru_cache(maxsize=8192)
def because(reason: Reason, points: int, area: str | None = None, rule: str | None = None) -> CreditReason:
    """A reason for hundredths of points; credits that fare alike share it."""
    return CreditReason(reason, from_hundredths(points), area, rule)


@lru_cache(maxsize=8192)
def counted(points: int, area: str) -> tuple[CreditReason]:
    """The reason for hundredths of points that count, by far the most frequent one: all a credit needs as a rule."""
    return (because(Reason.COUNTED, points, area),)


@lru_cache(maxsize=8192)
def over_limit(points: int, area: str, rule: str | None) -> tuple[CreditReason]:
    """The reason for hundredths of points above a rule's maximum, or the area's own."""
    return (because(Reason.OVER_LIMIT, points, area, rule),)


@dataclass(slots=True)
class Tally:
    """Shares counted against requirements, in hundredths: the room left under each maximum, and how each credit fares.

    Credits come by day and id, and what is known of one stands at its place among them: `excluded` says why none of it
    can count, `rest` is what no reason accounts for yet, `in_vain` what its shares hold beyond whole steps or beyond
    its points, `of_items` what counts of it under a rule per item.
    """

    compiled: Compiled
    window: Window
    years: tuple[Window, ...]
    lines: Lines
    credits: list[CreditFacts]
    places: dict[CreditId, int]
    sorts: list[Sort]
    excluded: dict[int, CreditReason]
    rest: list[int]
    in_vain: dict[int, int]
    counted: list[int]
    reasons: list[tuple[CreditReason, ...]]
    rooms: list[int]
    of_items: dict[str, list[int]]

    @property
    def sums(self) -> list[int]:
        """What counts, in the order of the lines."""
        return list(map(sub, self.lines.maxima, self.rooms))

    def fill(self, area: int, shares: dict[int, int]) -> None:
        """Counts shares in one area, by place, as far as each credit's points and every maximum allow."""
        code, step, rooms, of_items = self.lines.codes[area], self.compiled.step, self.rooms, self.of_items
        rests, counts, reasons = self.rest, self.counted, self.reasons
        for place in sorted(shares):
            points, rest = shares[place], rests[place]
            taken = points if points < rest else rest
            taken -= taken % step
            if taken < points:
                self.in_vain[place] = self.in_vain.get(place, 0) + points - taken
            if not taken:
                continue
            rests[place] = rest - taken
            if (spot := self.sorts[place].spots[area]) is None:
                reasons[place] += (because(Reason.NOT_ACCEPTED, taken, code),)
                continue
            room, reached = taken, None
            for line in spot.capped:
                if rooms[line] < room:
                    room, reached = rooms[line], self.lines.lines[line].rule
            for rule, most, _ in spot.items:
                if (in_item := most - of_items[rule][place]) < room:
                    room, reached = in_item, rule
            if room:
                counts[place] += room
                reasons[place] += counted(room, code)
                for line in spot.lines:
                    rooms[line] -= room
                for item in spot.partial:
                    of_items[item.rule][place] += room
            if room < taken:
                reasons[place] += over_limit(taken - room, code, reached)

    def left(self, place: int) -> int:
        """How much of a credit could still count somewhere."""
        return round_down(self.rest[place], self.compiled.step)

    def unshared(self, place: int) -> int:
        """How much of a credit could still count somewhere and is in no share."""
        return round_down(max(0, self.rest[place] - self.in_vain.get(place, 0)), self.compiled.step)

    def item_room(self, item: Item, place: int) -> int:
        """How much more of one credit counts under a rule per item."""
        return item.most - self.of_items[item.rule][place]

    def headroom(self, credit: CreditId, area: str) -> Fit:
        """How many more points of a credit would count in an area beside all that is allocated."""
        place, index = self.places[credit], self.compiled.area_index[area]
        points, left = self.credits[place].hundredths, self.left(place)
        if place in self.excluded:
            return Fit(area, from_hundredths(0), self.excluded[place])
        if (spot := self.sorts[place].spots[index]) is None:
            return Fit(area, from_hundredths(0), because(Reason.NOT_ACCEPTED, points, area))
        if points < self.compiled.step:
            return Fit(area, from_hundredths(0), because(Reason.BELOW_STEP, points))
        room, rule = min(self._limits(place, spot), key=itemgetter(0), default=(left, None))
        if room >= left:
            return Fit(area, from_hundredths(left), None)
        return Fit(area, from_hundredths(room), because(Reason.OVER_LIMIT, left - room, area, rule))

    def _limits(self, place: int, spot: Spot) -> Iterator[tuple[int, str | None]]:
        """The room under each maximum that a credit meets in an area, and the rule it is of; None: the area's own."""
        for line in spot.capped:
            yield self.rooms[line], self.lines.lines[line].rule
        for item in spot.items:
            yield self.item_room(item, place), item.rule

    def fits(self, credit: CreditId) -> tuple[Fit, ...]:
        """The headroom of a credit in every area, in file order."""
        return tuple(self.headroom(credit, area) for area in self.compiled.area_index)


def count(
    requirements: Requirements | Compiled, credits: Iterable[CreditFacts], shares: Iterable[Share], window: Window
) -> Tally:
    """Counts all shares: areas with a minimum first, in file order, then the others; inside an area the oldest first.

    ValueError for two credits of one id; UnknownShare for a share of a credit or an area that is not there.
    """
    tally = _opened(compiled(requirements), credits, window)
    merged = _merged(tally, shares)
    for area in tally.compiled.order:
        tally.fill(area, merged[tally.lines.codes[area]])
    return tally


def _opened(ready: Compiled, credits: Iterable[CreditFacts], window: Window) -> Tally:
    """A tally of no shares yet."""
    ordered = sorted(sorted(credits, key=_id), key=_completed_on)
    places = {credit.id: place for place, credit in enumerate(ordered)}
    if len(places) != len(ordered):
        raise ValueError("two credits have the same id")
    years = ready.years(window)
    lines = ready.lines(len(years))
    sorts = _sorts(lines, ordered, _completed_in(ordered, window, years))
    excluded = {
        place: _exclusion(credit, window)
        for place, (credit, sort) in enumerate(zip(ordered, sorts, strict=True))
        if credit.refused is not None or not sort.is_accepted
    }
    rest = [credit.hundredths for credit in ordered]
    reasons: list[tuple[CreditReason, ...]] = [()] * len(ordered)
    for place, reason in excluded.items():
        rest[place], reasons[place] = 0, (reason,)
    counted = [0] * len(ordered)
    # A rule per item without filters is read off `counted` itself and needs no sums of its own.
    of_items = {rule: counted if item.of_all else counted.copy() for rule, item in lines.items.items()}
    return Tally(
        compiled=ready,
        window=window,
        years=years,
        lines=lines,
        credits=ordered,
        places=places,
        sorts=sorts,
        excluded=excluded,
        rest=rest,
        in_vain={},
        counted=counted,
        reasons=reasons,
        rooms=list(lines.maxima),
        of_items=of_items,
    )


def _sorts(lines: Lines, ordered: list[CreditFacts], periods: list[int]) -> list[Sort]:
    known = lines.sorts
    return [
        known.get(key := (credit.kind, credit.subjects, credit.provider, period)) or lines.sort(*key)
        for credit, period in zip(ordered, periods, strict=True)
    ]


def _completed_in(ordered: list[CreditFacts], window: Window, years: tuple[Window, ...]) -> list[int]:
    """The year of the window in which each credit was completed, or OUTSIDE; the credits come by day."""
    found = [OUTSIDE] * bisect_left(ordered, window.starts_on, key=_completed_on)
    for period, year in enumerate(years):
        found += [period] * (bisect_right(ordered, year.ends_on, key=_completed_on) - len(found))
    return found + [OUTSIDE] * (len(ordered) - len(found))


def _exclusion(credit: CreditFacts, window: Window) -> CreditReason:
    """Why none of the credit can count, wherever it is allocated: a decision, then the days, then the subjects."""
    points = from_hundredths(credit.hundredths)
    if credit.refused is not None:
        return CreditReason(Reason.REFUSED, points, why=credit.refused)
    if credit.completed_on not in window:
        return CreditReason(Reason.OUTSIDE_WINDOW, points, day=credit.completed_on, window=window)
    return CreditReason(Reason.NOT_ACCEPTED, points)


def _merged(tally: Tally, shares: Iterable[Share]) -> dict[str, dict[int, int]]:
    """Shares of one credit in one area added up: hundredths by area and place."""
    merged: dict[str, dict[int, int]] = {code: {} for code in tally.lines.codes}
    places = tally.places
    try:
        for share in shares:
            of, place = merged[share.area], places[share.credit]
            of[place] = of.get(place, 0) + share.hundredths
    except KeyError as missing:
        raise UnknownShare(f"a share of {share.credit} in {share.area}: there is no {missing}") from missing
    return merged
