"""Why no allocation leaves less short: facts about what can count at most, alone or between several requirements.

Each fact is a minimum of its own, found anew, never what the suggestion happens to leave short; together they add up to
the whole shortfall.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from math import ceil
from typing import NamedTuple

from credentials.enums import Per
from credentials.rules import Window
from credentials.rules.points import from_hundredths
from education.rules.counting import Tally
from education.rules.suggest.model import Model
from education.rules.suggest.problem import Problem, Target
from education.rules.suggest.solver import NEARLY, OutOfTime, Solver

Targets = frozenset[int]


class Demand(NamedTuple):
    """A requirement with a minimum: an area's, a rule's (`year`: in that one), or the total when neither is named."""

    needed: Decimal
    area: str | None = None
    rule: str | None = None
    year: Window | None = None


class Limit(NamedTuple):
    """A maximum that binds: an area's own, or a rule's (per cycle, year or item)."""

    maximum: Decimal
    area: str | None = None
    rule: str | None = None
    per: Per = Per.CYCLE


class Proof(NamedTuple):
    """Demands that need more than can count: one alone, or several between which the rest is short.

    `limits` are the maxima that bind; `left_in` says where this suggestion leaves what is short between several.
    """

    demands: tuple[Demand, ...]
    needed: Decimal
    can_count: Decimal
    missing: Decimal
    limits: tuple[Limit, ...]
    left_in: tuple[Demand, ...]


class Found(NamedTuple):
    """The least steps some targets can be short of together, and the areas and rules whose maxima bind."""

    steps: int
    areas: frozenset[str]
    rules: frozenset[str]


class Prover:
    """Asks how little can be short of any set of targets, in steps, and keeps the answers."""

    def __init__(self, problem: Problem, seconds: float) -> None:
        self.problem = problem
        self.model = Model(problem)
        self.solver = Solver(self.model, seconds)
        self.known: dict[Targets, Found] = {}

    def least(self, targets: Iterable[int]) -> int:
        """The least steps these targets can be short of together, whatever becomes of the others."""
        return self.found(frozenset(targets)).steps

    def found(self, targets: Targets) -> Found:
        """The least steps with the maxima that bind; OutOfTime when it can't be told in time."""
        if targets not in self.known:
            self.known[targets] = self._find(targets)
        return self.known[targets]

    def insist_on_whole_steps(self) -> None:
        """Asks anew in whole steps: the relaxation is not always exact."""
        self.solver.use_whole_steps()
        self.known.clear()

    def _find(self, targets: Targets) -> Found:
        answer = self.solver.minimise({self.model.shorts[target]: 1.0 for target in sorted(targets)})
        if not answer.is_best:
            raise OutOfTime
        stuck = [target for index, target in enumerate(self.problem.targets) if index in targets and target.beyond]
        full = [self.problem.lines.lines[line] for line in {*self.solver.full_lines(), *_lines_of(stuck)}]
        return Found(
            steps=ceil(answer.value - NEARLY) + sum(target.beyond for target in stuck),
            areas=frozenset(line.area for line in full if line.area is not None),
            rules=self.solver.full_items() | {line.rule for line in full if line.rule is not None},
        )


def _lines_of(targets: Iterable[Target]) -> Iterator[int]:
    return (target.line for target in targets if target.line is not None)


def proofs(problem: Problem, after: Tally, seconds: float) -> tuple[Proof, ...]:
    """The facts that add up to what the suggestion leaves short; none when they can't be found in time."""
    short = [_short(problem, after, target.line) for target in problem.targets]
    try:
        prover = Prover(problem, seconds)
        return tuple(_proof(prover, part, short, after) for part in _parts(prover, short))
    except OutOfTime:
        return ()


def _short(problem: Problem, after: Tally, line: int | None) -> int:
    """The steps a target lacks in the end."""
    needed, has = _needed(problem, line), sum(after.sums[: len(problem.lines.codes)])
    return max(0, -(-(needed - (has if line is None else after.sums[line])) // problem.compiled.step))


def _needed(problem: Problem, line: int | None) -> int:
    return problem.lines.total if line is None else problem.lines.minima[line]


def _parts(prover: Prover, short: list[int]) -> list[Targets]:
    """Sets of targets, small ones, whose least shortages add up to all that is short."""
    alone = [frozenset({target}) for target, steps in enumerate(short) if steps]
    if sum(map(prover.least, alone)) == sum(short):
        return alone
    everything = frozenset(range(len(short)))
    if prover.least(everything) < sum(short):
        prover.insist_on_whole_steps()
    return sorted(_split(prover, everything), key=min)


def _split(prover: Prover, left: Targets) -> Iterator[Targets]:
    """Cuts a set as long as the shortages of its parts add up to its own; a part that can be without any is dropped."""
    while left:
        part = left
        for target in sorted(left, key=lambda target: (prover.least({target}), target)):
            smaller = part - {target}
            if smaller and prover.least(smaller) + prover.least(left - smaller) == prover.least(left):
                part = smaller
        if prover.least(part):
            yield part
        left -= part


def _proof(prover: Prover, part: Targets, short: list[int], after: Tally) -> Proof:
    problem = prover.problem
    demands = {target: _demand(problem, after, problem.targets[target].line) for target in sorted(part)}
    needed = sum((demand.needed for demand in demands.values()), Decimal("0.00"))
    missing = from_hundredths(prover.least(part) * problem.compiled.step)
    left_in = tuple(demand for target, demand in demands.items() if short[target] and len(part) > 1)
    return Proof(tuple(demands.values()), needed, needed - missing, missing, tuple(_limits(prover, part)), left_in)


def _limits(prover: Prover, part: Targets) -> Iterator[Limit]:
    """The maxima that bind, in file order."""
    found, requirements = prover.found(part), prover.problem.compiled.requirements
    for area in requirements.areas:
        if area.code in found.areas and area.maximum is not None:
            yield Limit(area.maximum, area=area.code)
    for rule in requirements.rules:
        if rule.code in found.rules and rule.maximum is not None:
            yield Limit(rule.maximum, rule=rule.code, per=rule.per)


def _demand(problem: Problem, after: Tally, line: int | None) -> Demand:
    needed = from_hundredths(_needed(problem, line))
    if line is None:
        return Demand(needed)
    of = problem.lines.lines[line]
    is_yearly = of.rule is not None and problem.compiled.rules[of.rule].per == Per.YEAR
    return Demand(needed, of.area, of.rule, after.years[of.period] if is_yearly else None)
