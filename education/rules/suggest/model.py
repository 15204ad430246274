"""The problem as a linear program whose coefficients are all 1 or -1."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from education.rules.suggest.problem import Problem

INFINITY = float("inf")


@dataclass(slots=True)
class Rows:
    """The constraints of a model as a sparse matrix, row by row (CSR)."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)

    def add(self, plus: Iterable[int], minus: Iterable[int] = (), *, lower: float, upper: float = INFINITY) -> int:
        """Adds the row lower <= sum of plus - sum of minus <= upper; returns its number."""
        self.starts.append(len(self.index))
        for columns, coefficient in ((plus, 1.0), (minus, -1.0)):
            for column in columns:
                self.index.append(column)
                self.value.append(coefficient)
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.lower) - 1


class Model:
    """The constraints of the linear program, over four kinds of columns in this order.

    Steps of a group in an area (`uses`), steps of a credit (`members`), steps a target stays short (`shorts`), and the
    least steps still to earn (`to_earn`).
    """

    def __init__(self, problem: Problem, past: frozenset[int] = frozenset()) -> None:
        self.problem = problem
        self.uses = tuple(problem.columns())
        self.members = tuple(member for group in problem.groups for member in group.members)
        self.first_short = len(self.uses) + len(self.members)
        self.to_earn = self.first_short + len(problem.targets)
        self.shorts = range(self.first_short, self.to_earn)
        self.uppers = self._uppers()
        self.rows = Rows()
        self.limit_rows = dict(self._add_lines())
        self.item_rows: dict[int, str] = {}
        self._add_groups()
        self._add_to_earn(past)
        self.all_short = self.rows.add(self.shorts, lower=0.0)
        self.all_used = self.rows.add(range(len(self.uses), self.first_short), lower=0.0)

    def _uppers(self) -> list[float]:
        """Upper bounds of the columns; a use is bounded by its group's members."""
        steps = [member.usable for member in self.members] + [target.lacks for target in self.problem.targets]
        return [INFINITY] * len(self.uses) + [float(most) for most in steps] + [INFINITY]

    def _add_lines(self) -> Iterator[tuple[int | None, int]]:
        """Adds rows, yielded by line: targets are reached except for their shortage, no line exceeds its room."""
        columns: dict[int | None, list[int]] = {None: list(range(len(self.uses)))}
        for column, (_, _, lines) in enumerate(self.uses):
            for line in lines:
                columns.setdefault(line, []).append(column)
        for target, short in zip(self.problem.targets, self.shorts, strict=True):
            found = [*columns.pop(target.line, []), short]
            yield target.line, self.rows.add(found, lower=target.lacks, upper=self._room(target.line))
        usable = [group.usable for group in self.problem.groups]
        for rest, found in columns.items():
            if (room := self._room(rest)) < sum(usable[self.uses[column][0]] for column in found):
                yield rest, self.rows.add(found, lower=-INFINITY, upper=room)

    def _room(self, line: int | None) -> float:
        return INFINITY if line is None else self.problem.rooms[line]

    def _add_groups(self) -> None:
        """A group gives to all areas together what its members give; a limit per item applies to a group of one."""
        columns: list[dict[int, int]] = [{} for _ in self.problem.groups]
        for column, (index, area, _) in enumerate(self.uses):
            columns[index][area] = column
        members = iter(range(len(self.uses), self.first_short))
        for of, group in zip(columns, self.problem.groups, strict=True):
            self.rows.add(of.values(), islice(members, len(group.members)), lower=0.0, upper=0.0)
            for limit in group.items:
                row = self.rows.add([of[area] for area in limit.areas], lower=-INFINITY, upper=limit.room)
                self.item_rows[row] = limit.rule

    def _add_to_earn(self, past: frozenset[int]) -> None:
        """The largest of the needs is still to earn: one point can serve the total, its area and every rule at once."""
        for targets in still_to_earn(self.problem, past):
            shorts = [self.first_short + target for target in targets]
            unreachable = sum(self.problem.targets[target].unreachable for target in targets)
            self.rows.add([self.to_earn], shorts, lower=unreachable)


def still_to_earn(problem: Problem, past: frozenset[int]) -> Iterator[list[int]]:
    """The sets of targets whose shortages add up: the total; all areas; each rule with the areas it does not cover."""
    lines = [target.line for target in problem.targets]
    areas = {index: problem.lines.lines[line].area for index, line in enumerate(lines) if line is not None}
    yield [index for index, line in enumerate(lines) if line is None]
    yield [index for index, area in areas.items() if area is not None]
    for rule in problem.compiled.requirements.rules:
        of = [index for index in areas if problem.lines.lines[lines[index] or 0].rule == rule.code]
        if open_ones := [index for index in of if lines[index] not in past]:
            yield open_ones + [index for index, area in areas.items() if area and not rule.covers(area)]
