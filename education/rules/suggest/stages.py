"""The aims one after the other: each is made as good as it can be, then held while the next is looked at."""

from dataclasses import dataclass, field
from math import floor
from typing import NamedTuple

from education.rules.suggest.greedy import Amounts, by_hand
from education.rules.suggest.model import Model
from education.rules.suggest.problem import Problem
from education.rules.suggest.solver import NEARLY, Answer, OutOfTime, Solver

SECONDS = 2.0


class Outcome(NamedTuple):
    """Steps of each group in each area, whether none are better in shortfall and points to earn, and the shortfall."""

    amounts: Amounts
    is_best: bool
    short: int = 0


class NotWhole(Exception):
    """The relaxation's answer is no whole number of steps: the whole numbers have to be asked for."""


@dataclass(slots=True)
class Stages:
    """The stages of one solution; `is_best` says that no stage was cut short.

    `best` is the last answer if it is in whole steps, `near` the last one rounded down to them.
    """

    solver: Solver
    best: Amounts | None = None
    near: Amounts = field(default_factory=dict)
    is_best: bool = True
    short: int = 0

    def run(self, spares: bool) -> Outcome | None:
        """The outcome; None when it is no whole number of steps, or, with `is_best` false, when time is up."""
        try:
            return self._run(spares)
        except NotWhole:
            return None
        except OutOfTime:
            self.is_best = False
            return None

    def _run(self, spares: bool) -> Outcome:
        """The least shortfall, the least to earn, the earlier areas first, then the least use; or the most use."""
        model = self.solver.model
        if model.shorts:
            self._least_short()
        costs = self._use(-1.0 if spares else 1.0)
        if self.best is None:
            self._settle(costs)
        return Outcome(self.best or {}, self.is_best, self.short + model.problem.beyond)

    def _settle(self, costs: dict[int, float]) -> None:
        """Asks for whole steps that are as good as the relaxation in all aims; NotWhole when there are none."""
        self.solver.use_whole_steps()
        try:
            self._stage(costs)
        except OutOfTime as none:
            raise NotWhole from none

    def _use(self, cost: float) -> dict[int, float]:
        """The fewest points, or the most; among those the least flexible, oldest credits, by the costs given back."""
        model, solver = self.solver.model, self.solver
        members = range(len(model.uses), model.first_short)
        answer = self._stage(dict.fromkeys(members, cost))
        solver.hold_row(model.all_used, _whole(abs(answer.value)))
        costs = {column: float(member.rank) for column, member in zip(members, model.members, strict=True)}
        self._stage(costs)
        return costs

    def _least_short(self) -> None:
        model, solver = self.solver.model, self.solver
        answer = self._stage({column: 1.0 for column in model.shorts})
        self.short = _whole(answer.value)
        solver.hold_row(model.all_short, self.short)
        if self.short:
            answer = self._stage({model.to_earn: 1.0})
            solver.hold_column(model.to_earn, _whole(answer.value))
        for column in model.shorts:
            if answer.columns[column] > NEARLY:
                answer = self._stage({column: 1.0})
            solver.hold_column(column, _whole(answer.columns[column]))

    def _stage(self, costs: dict[int, float]) -> Answer:
        answer = self.solver.minimise(costs)
        self._note(answer)
        return answer

    def _note(self, answer: Answer) -> None:
        """Keeps an answer in whole steps; rounded down it still keeps every limit."""
        values = answer.columns[: len(self.solver.model.uses)]
        self.is_best = self.is_best and answer.is_best
        self.near = self._amounts([floor(value + NEARLY) for value in values])
        self.best = self.near if all(abs(value - round(value)) < NEARLY for value in values) else None

    def _amounts(self, steps: list[int]) -> Amounts:
        return {(group, area): of for (group, area, _), of in zip(self.solver.model.uses, steps, strict=True) if of}


def _whole(value: float) -> int:
    """A whole number of steps; NotWhole when it is none."""
    whole = round(value)
    if abs(value - whole) > NEARLY:
        raise NotWhole
    return whole


def solve(problem: Problem, *, seconds: float, past: frozenset[int] = frozenset(), spares: bool = False) -> Outcome:
    """The best amounts: by the relaxation, again in whole steps where it is not whole, by hand when time is up.

    What is made by hand starts from the answers there are.
    """
    if not problem.groups:
        return Outcome({}, True, problem.beyond + sum(target.lacks for target in problem.targets))
    model = Model(problem, past)
    tried = [Stages(Solver(model, seconds))]
    found = tried[0].run(spares)
    if found is None and tried[0].is_best:
        tried.append(Stages(Solver(model, seconds)))
        tried[1].solver.use_whole_steps()
        found = tried[1].run(spares)
    if found is None or not found.is_best:
        return Outcome(by_hand(problem, [stages.near for stages in tried], spares), False)
    return found
