"""Amounts of groups dealt out to single credits, and moves between them that keep every sum where it must be."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from education.rules.suggest.problem import Group, Member, Problem

TOTAL = -1


class Move(NamedTuple):
    """Steps of a credit added to an area, or taken from it when negative."""

    place: int
    area: int
    steps: int


@dataclass(slots=True)
class Draft:
    """Steps of each credit per area; every sum stays between the least that is reached and the most there is room for.

    Credits are known by their place in `members`; lines by their number, the total as TOTAL.
    """

    members: list[tuple[Group, Member]]
    shares: list[dict[int, int]]
    sums: dict[int, int]
    least: dict[int, int]
    rooms: tuple[int, ...]

    def left(self, place: int) -> int:
        """Steps of a credit that are not allocated."""
        return self.members[place][1].usable - sum(self.shares[place].values())

    def lines(self, place: int, area: int) -> tuple[int, ...] | None:
        """The lines a credit adds to in an area; None where it is not accepted."""
        return self.members[place][0].lines[area]

    def try_moves(self, moves: Iterable[Move]) -> bool:
        """Makes all moves when every sum and every credit can bear them, else none."""
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
    """Deals out what each group gives: its credits in the order of use, area after area."""
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
    """How much is used of each credit, the first ones whole."""
    takes = []
    for member in group.members:
        takes.append(min(member.usable, wanted))
        wanted -= takes[-1]
    return takes


def _picked(takes: list[int], wanted: int) -> list[int]:
    """Credits that together have as much as is wanted: one exactly if there is one, else the largest that fit first."""
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
