"""Lexicographic optimization: each objective is optimized in turn, then held while the next one is."""

from dataclasses import dataclass, field
from math import floor
from typing import NamedTuple

from education.rules.suggest.greedy import Amounts, greedy_best
from education.rules.suggest.model import Model
from education.rules.suggest.problem import Problem
from education.rules.suggest.solver import NEARLY, OutOfTime, Solution, Solver

SECONDS = 2.0


class Outcome(NamedTuple):
    """Steps of each group in each area, whether they are optimal in shortfall and points to earn, and the shortfall."""

    amounts: Amounts
    is_best: bool
    short: int = 0


class NotWhole(Exception):
    """The solution of the relaxation is not integral: it has to be solved again in whole steps."""


@dataclass(slots=True)
class Stages:
    """The stages of one solver run; `is_best` is False once a stage was cut short.

    `best` is the last solution if it is integral, `near` the last solution rounded down to whole steps.
    """

    solver: Solver
    best: Amounts | None = None
    near: Amounts = field(default_factory=dict)
    is_best: bool = True
    short: int = 0

    def run(self, spares: bool) -> Outcome | None:
        """The outcome, or None: not integral or, if `is_best` is False, out of time."""
        try:
            return self._run(spares)
        except NotWhole:
            return None
        except OutOfTime:
            self.is_best = False
            return None

    def _run(self, spares: bool) -> Outcome:
        """Least shortfall, least to earn, earlier requirements first, then the least use or (`spares`) the most."""
        model = self.solver.model
        if model.shorts:
            self._least_short()
        costs = self._use(-1.0 if spares else 1.0)
        if self.best is None:
            self._settle(costs)
        return Outcome(self.best or {}, self.is_best, self.short + model.problem.unreachable)

    def _settle(self, costs: dict[int, float]) -> None:
        """Looks for whole steps as good as the relaxation in all objectives. Raises NotWhole if there are none."""
        self.solver.use_whole_steps()
        try:
            self._stage(costs)
        except OutOfTime as none:
            raise NotWhole from none

    def _use(self, cost: float) -> dict[int, float]:
        """Optimizes the points used, then the order of use (least flexible, oldest first); returns its costs."""
        model, solver = self.solver.model, self.solver
        members = range(len(model.uses), model.first_short)
        solution = self._stage(dict.fromkeys(members, cost))
        solver.hold_row(model.all_used, _whole(abs(solution.value)))
        costs = {column: float(member.rank) for column, member in zip(members, model.members, strict=True)}
        self._stage(costs)
        return costs

    def _least_short(self) -> None:
        model, solver = self.solver.model, self.solver
        solution = self._stage({column: 1.0 for column in model.shorts})
        self.short = _whole(solution.value)
        solver.hold_row(model.all_short, self.short)
        if self.short:
            solution = self._stage({model.to_earn: 1.0})
            solver.hold_column(model.to_earn, _whole(solution.value))
        for column in model.shorts:
            if solution.columns[column] > NEARLY:
                solution = self._stage({column: 1.0})
            solver.hold_column(column, _whole(solution.columns[column]))

    def _stage(self, costs: dict[int, float]) -> Solution:
        solution = self.solver.minimise(costs)
        self._note(solution)
        return solution

    def _note(self, solution: Solution) -> None:
        """Keeps a solution, and its amounts rounded down to whole steps, which still respect every limit."""
        values = solution.columns[: len(self.solver.model.uses)]
        self.is_best = self.is_best and solution.is_best
        self.near = self._amounts([floor(value + NEARLY) for value in values])
        self.best = self.near if all(abs(value - round(value)) < NEARLY for value in values) else None

    def _amounts(self, steps: list[int]) -> Amounts:
        return {(group, area): of for (group, area, _), of in zip(self.solver.model.uses, steps, strict=True) if of}


def _whole(value: float) -> int:
    """A value as a whole number of steps. Raises NotWhole if it is not one."""
    whole = round(value)
    if abs(value - whole) > NEARLY:
        raise NotWhole
    return whole


def solve(problem: Problem, *, seconds: float, past: frozenset[int] = frozenset(), spares: bool = False) -> Outcome:
    """The best amounts: from the relaxation, in whole steps if that is not integral, greedily if time runs out.

    The greedy allocation starts from the solutions found so far.
    """
    if not problem.groups:
        return Outcome({}, True, problem.unreachable + sum(target.lacks for target in problem.targets))
    model = Model(problem, past)
    tried = [Stages(Solver(model, seconds))]
    found = tried[0].run(spares)
    if found is None and tried[0].is_best:
        tried.append(Stages(Solver(model, seconds)))
        tried[1].solver.use_whole_steps()
        found = tried[1].run(spares)
    if found is None or not found.is_best:
        return Outcome(greedy_best(problem, [stages.near for stages in tried], spares), False)
    return found
