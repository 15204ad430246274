"""Distributes the amounts of groups to single credits, and moves steps between credits without worsening any sum."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from education.rules.suggest.problem import Group, Member, Problem

TOTAL = -1


class Move(NamedTuple):
    """Steps to add to a credit's share in an area, or to take away if negative."""

    place: int
    area: int
    steps: int


@dataclass(slots=True)
class Draft:
    """The steps of each credit per area. Moves keep every sum at or above what it has reached and within its room.

    `members` lists the credits, and a place is an index into it. Lines are known by number, the total as TOTAL. `least`
    is what each sum has reached of its target, `rooms` the most each line can take.
    """

    members: list[tuple[Group, Member]]
    shares: list[dict[int, int]]
    sums: dict[int, int]
    least: dict[int, int]
    rooms: tuple[int, ...]

    def left(self, place: int) -> int:
        """The unallocated steps of a credit."""
        return self.members[place][1].usable - sum(self.shares[place].values())

    def lines(self, place: int, area: int) -> tuple[int, ...] | None:
        """The lines that a credit adds to in an area; None if the area does not accept it."""
        return self.members[place][0].lines[area]

    def try_moves(self, moves: Iterable[Move]) -> bool:
        """Makes all moves if every sum and every credit stays within its limits, else none; returns whether it did."""
        moves = tuple(moves)
        changes: dict[int, int] = defaultdict(int)
        for place, area, steps in moves:
            lines = self.lines(place, area)
            if lines is None:
                return False
            for line in (*lines, TOTAL):
                changes[line] += steps
        if not all(self._bears(line, change) for line, change in changes.items()):
            return False
        self._make(moves)
        if all(self._is_sound(place) for place, _, _ in moves):
            return True
        self._make(Move(place, area, -steps) for place, area, steps in moves)
        return False

    def _bears(self, line: int, change: int) -> bool:
        after = self.sums.get(line, 0) + change
        return self.least.get(line, 0) <= after and (line == TOTAL or after <= self.rooms[line])

    def _is_sound(self, place: int) -> bool:
        group, shares = self.members[place][0], self.shares[place]
        return self.left(place) >= 0 and all(
            sum(shares.get(area, 0) for area in limit.areas) <= limit.room for limit in group.items
        )

    def _make(self, moves: Iterable[Move]) -> None:
        for place, area, steps in moves:
            shares = self.shares[place]
            shares[area] = shares.get(area, 0) + steps
            if not shares[area]:
                del shares[area]
            for line in (*(self.lines(place, area) or ()), TOTAL):
                self.sums[line] = self.sums.get(line, 0) + steps


def deal(problem: Problem, amounts: dict[tuple[int, int], int]) -> Draft:
    """Distributes what each group gives to its credits, in the order of use, area by area."""
    draft = Draft([], [], {}, {}, problem.rooms)
    for index, group in enumerate(problem.groups):
        first = len(draft.members)
        draft.members += [(group, member) for member in group.members]
        draft.shares += [{} for _ in group.members]
        demands = {area: amounts[index, area] for area in group.areas if (index, area) in amounts}
        draft._make(_dealt(group, demands, first))
    for target in problem.targets:
        line = TOTAL if target.line is None else target.line
        draft.least[line] = min(target.lacks, draft.sums.get(line, 0))
    return draft


def _dealt(group: Group, demands: dict[int, int], first: int) -> Iterator[Move]:
    takes = _takes(group, sum(demands.values()))
    for area, wanted in sorted(demands.items(), key=lambda demand: (demand[1], demand[0])):
        for place in _picked(takes, wanted):
            steps = min(takes[place], wanted)
            takes[place] -= steps
            wanted -= steps
            yield Move(first + place, area, steps)


def _takes(group: Group, wanted: int) -> list[int]:
    """How many steps are used of each credit; earlier ones are used up first."""
    takes = []
    for member in group.members:
        takes.append(min(member.usable, wanted))
        wanted -= takes[-1]
    return takes


def _picked(takes: list[int], wanted: int) -> list[int]:
    """Credits that together have the wanted steps: a single exact one if possible, else the largest that fit first."""
    places = [place for place, steps in enumerate(takes) if steps]
    if exact := [place for place in places if takes[place] == wanted]:
        return exact[:1]
    picked, left = [], wanted
    for place in sorted(places, key=lambda place: -takes[place]):
        if takes[place] <= left:
            picked.append(place)
            left -= takes[place]
    if left:
        rest = [place for place in places if place not in picked]
        picked.append(min(rest, key=lambda place: takes[place]))
    return picked
