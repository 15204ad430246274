"""A greedy allocation: good but not proven optimal; the fallback when the solver runs out of time."""

from collections.abc import Iterable, Iterator

from education.rules.suggest.problem import ItemLimit, Problem, Target

Amounts = dict[tuple[int, int], int]


def greedy_best(problem: Problem, starts: Iterable[Amounts], spares: bool) -> Amounts:
    """The best of the greedy allocations built from nothing and from each start; ties go to the first.

    Best means the least shortfall, then the least use, or with `spares` the most.
    """
    found = [filled(problem, start, spares) for start in ({}, *starts)]
    return min(found, key=lambda amounts: (short(problem, amounts), sum(amounts.values()) * (-1 if spares else 1)))


def filled(problem: Problem, start: Amounts, spares: bool) -> Amounts:
    """Fills one target after another (areas in file order, then rules, then the total) from the first groups that fit.

    A start must respect every limit, as a solver's answer rounded down does. With `spares`, what is left goes wherever
    there is room.
    """
    by = Filling(problem)
    for (group, area), steps in start.items():
        by.add(group, area, steps)
    for target in problem.targets:
        lacks = by.lacks(target)
        for group, area, lines in problem.columns():
            if target.line is None or target.line in lines:
                steps = min(lacks, by.room(group, area))
                by.add(group, area, steps)
                lacks -= steps
    for group, area, _ in problem.columns() if spares else ():
        by.add(group, area, by.room(group, area))
    return by.amounts


def short(problem: Problem, amounts: Amounts) -> int:
    """The steps that all targets together still lack with these amounts."""
    by = Filling(problem)
    for (group, area), steps in amounts.items():
        by.add(group, area, steps)
    return sum(map(by.lacks, problem.targets))


class Filling:
    """An allocation under construction, with what is left of every group and under every limit."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.amounts: Amounts = {}
        self.rooms = list(problem.rooms)
        self.left = [group.usable for group in problem.groups]
        self.items = {(index, limit): limit.room for index, group in enumerate(problem.groups) for limit in group.items}

    def room(self, group: int, area: int) -> int:
        """The most steps of a group that can still be added in an area."""
        lines = self.problem.groups[group].lines[area] or ()
        items = [self.items[group, limit] for limit in self._limits(group, area)]
        return min([self.left[group], *(self.rooms[line] for line in lines), *items])

    def add(self, group: int, area: int, steps: int) -> None:
        """Adds steps of a group in an area that accepts it; the caller makes sure there is room."""
        if not steps:
            return
        self.amounts[group, area] = self.amounts.get((group, area), 0) + steps
        self.left[group] -= steps
        for line in self.problem.groups[group].lines[area] or ():
            self.rooms[line] -= steps
        for limit in self._limits(group, area):
            self.items[group, limit] -= steps

    def lacks(self, target: Target) -> int:
        """The steps a target still lacks."""
        if target.line is None:
            return max(0, target.lacks - sum(self.amounts.values()))
        return max(0, target.lacks - (self.problem.rooms[target.line] - self.rooms[target.line]))

    def _limits(self, group: int, area: int) -> Iterator[ItemLimit]:
        return (limit for limit in self.problem.groups[group].items if area in limit.areas)
