"""The optimization problem that remains once the pinned shares are counted, in whole steps."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter

from education.rules.compiled import Compiled, CreditClass, Item, Lines
from education.rules.counting import Tally
from education.rules.values import CreditId


@dataclass(frozen=True, slots=True)
class Member:
    """A credit and how many of its steps can still be allocated; `rank` orders use: least flexible, oldest, id.

    `limit` is the rule per item, if any, that keeps the rest of it from counting anywhere.
    """

    credit: CreditId
    usable: int
    rank: int
    limit: str | None


@dataclass(frozen=True, slots=True)
class ItemLimit:
    """The most steps of one credit across some of the areas that accept it, under a rule per item."""

    rule: str
    areas: tuple[int, ...]
    room: int


@dataclass(slots=True)
class Group:
    """Interchangeable credits: they meet the same limits in every area.

    A credit with a limit per item that does not span all of its areas forms a group of its own.
    """

    lines: tuple[tuple[int, ...] | None, ...]
    items: tuple[ItemLimit, ...]
    members: list[Member] = field(default_factory=list)

    @property
    def areas(self) -> list[int]:
        """The areas that accept these credits."""
        return [area for area, lines in enumerate(self.lines) if lines is not None]

    @property
    def usable(self) -> int:
        """The steps of all members that can be allocated."""
        return sum(member.usable for member in self.members)


@dataclass(frozen=True, slots=True)
class Target:
    """An unmet minimum, in steps: an area's, a rule's, or the total (`line` is None).

    `lacks` is what can still be made up; `unreachable` is the rest, which no credit can, because the maximum leaves too
    little room.
    """

    line: int | None
    lacks: int
    unreachable: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Groups of credits, the unmet minimums in file order, and the room under every line."""

    compiled: Compiled
    lines: Lines
    groups: tuple[Group, ...]
    targets: tuple[Target, ...]
    rooms: tuple[int, ...]

    @property
    def unreachable(self) -> int:
        """The steps that stay short whatever is allocated."""
        return sum(target.unreachable for target in self.targets)

    def columns(self) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        """Each group in each area that accepts it, with the lines that it adds to."""
        for index, group in enumerate(self.groups):
            for area, lines in enumerate(group.lines):
                if lines is not None:
                    yield index, area, lines


def problem_of(tally: Tally) -> Problem:
    """The problem that remains after the shares of a tally."""
    return Problem(
        compiled=tally.compiled,
        lines=tally.lines,
        groups=tuple(_groups(tally)),
        targets=tuple(_targets(tally)),
        rooms=tuple(room // tally.compiled.step for room in tally.rooms),
    )


def _targets(tally: Tally) -> Iterator[Target]:
    """The unmet minimums: areas, then rules by period, then the total."""
    step, sums = tally.compiled.step, tally.sums
    for line, (needed, has) in enumerate(zip(tally.lines.minima, sums, strict=True)):
        if has < needed:
            lacks = -(-(needed - has) // step)
            mendable = min(lacks, tally.rooms[line] // step)
            yield Target(line, mendable, lacks - mendable)
    counted = sum(sums[: len(tally.lines.codes)])
    if counted < tally.lines.total:
        yield Target(None, -(-(tally.lines.total - counted) // step), 0)


def _groups(tally: Tally) -> Iterator[Group]:
    found: dict[object, Group] = {}
    places = [place for place in range(len(tally.credits)) if place not in tally.excluded]
    places.sort(key=lambda place: _flexibility(tally.classes[place]))
    for rank, place in enumerate(places, 1):
        credit, lines, areas = tally.credits[place].id, tally.classes[place].lines, _flexibility(tally.classes[place])
        limits = tuple(_item_limits(tally, place))
        some = tuple(limit for limit in limits if len(limit.areas) < areas)
        most = min((limit for limit in limits if len(limit.areas) == areas), key=_room, default=None)
        left = tally.unshared(place) // tally.compiled.step
        usable, rule = (left, None) if most is None or left <= most.room else (most.room, most.rule)
        if usable or rule:
            group = found.setdefault((lines, credit) if some else lines, Group(lines, some))
            group.members.append(Member(credit, usable, rank, rule))
    yield from found.values()


def _flexibility(credit_class: CreditClass) -> int:
    return len(credit_class.lines) - credit_class.lines.count(None)


def _item_limits(tally: Tally, place: int) -> Iterator[ItemLimit]:
    """The limits per item that bind a credit, each over the areas that accept it."""
    spans: dict[Item, list[int]] = {}
    for area, limits in enumerate(tally.classes[place].limits):
        for item in () if limits is None else limits.items:
            spans.setdefault(item, []).append(area)
    for item, areas in spans.items():
        if (room := tally.item_room(item, place)) < tally.credits[place].hundredths:
            yield ItemLimit(item.rule, tuple(areas), room // tally.compiled.step)


_room = attrgetter("room")
