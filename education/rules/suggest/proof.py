"""Proofs that no allocation leaves less missing: the most that can count for one requirement or for several together.

Each proof is a minimum computed on its own, not what the suggestion happens to leave short; together they add up to the
whole shortfall.
"""

from collections.abc import Iterator
from decimal import Decimal
from math import ceil
from typing import NamedTuple

from credentials.enums import Per
from credentials.rules import Window
from credentials.rules.points import from_hundredths
from education.rules.counting import Tally
from education.rules.suggest.model import Model
from education.rules.suggest.problem import Problem
from education.rules.suggest.solver import NEARLY, OutOfTime, Prices, Solver

Targets = frozenset[int]


class Demand(NamedTuple):
    """A requirement with a minimum: an area's, a rule's (`year`: in that one), or the total if neither is named."""

    needed: Decimal
    area: str | None = None
    rule: str | None = None
    year: Window | None = None


class Limit(NamedTuple):
    """A binding maximum: an area's own, or a rule's (per cycle, year or item)."""

    maximum: Decimal
    area: str | None = None
    rule: str | None = None
    per: Per = Per.CYCLE


class Proof(NamedTuple):
    """Demands that need more than can count: a single one, or several that are short together.

    `limits` are the binding maximums; if there are several demands, `left_in` names those in which this suggestion
    leaves the gap.
    """

    demands: tuple[Demand, ...]
    needed: Decimal
    can_count: Decimal
    missing: Decimal
    limits: tuple[Limit, ...]
    left_in: tuple[Demand, ...]


class Prover:
    """Finds the least number of steps by which any set of targets must be short, and caches the answers.

    The linear relaxation is solved first, and is always the source of the binding limits; if it is not exact, whole
    steps are required instead.
    """

    def __init__(self, problem: Problem, seconds: float) -> None:
        self.problem = problem
        self.model = Model(problem)
        self.relaxed = self.solver = Solver(self.model, seconds)
        self.known: dict[Targets, int] = {}

    def insist_on_whole_steps(self) -> None:
        """Starts again in whole steps, because the relaxation is not always exact."""
        self.solver = Solver(self.model, self.relaxed.seconds)
        self.solver.use_whole_steps()
        self.known.clear()

    def least(self, targets: Targets) -> int:
        """The least steps these targets can be short of together. Raises OutOfTime if that can't be proven in time."""
        if targets not in self.known:
            solution = self.solver.minimise(self._costs(targets))
            if not solution.is_best:
                raise OutOfTime
            unreachable = sum(self.problem.targets[target].unreachable for target in targets)
            self.known[targets] = ceil(solution.value - NEARLY) + unreachable
        return self.known[targets]

    def prices(self, targets: Targets) -> Prices:
        """The dual values when the shortage of these targets alone is minimized."""
        self.relaxed.minimise(self._costs(targets))
        return self.relaxed.prices()

    def _costs(self, targets: Targets) -> dict[int, float]:
        return {self.model.shorts[target]: 1.0 for target in sorted(targets)}


def proofs(problem: Problem, after: Tally, seconds: float) -> tuple[Proof, ...]:
    """The proofs that add up to what the suggestion leaves short; empty if they can't be found in time."""
    short = left_short(problem, after)
    try:
        prover = Prover(problem, seconds)
        return tuple(_proof(prover, part, short, after) for part in _parts(prover, short))
    except OutOfTime:
        return ()


def left_short(problem: Problem, after: Tally) -> list[int]:
    """The steps that each target still lacks in the end."""
    return [_short(problem, after, target.line) for target in problem.targets]


def _short(problem: Problem, after: Tally, line: int | None) -> int:
    needed, has = _needed(problem, line), sum(after.sums[: len(problem.lines.codes)])
    return max(0, -(-(needed - (has if line is None else after.sums[line])) // problem.compiled.step))


def _needed(problem: Problem, line: int | None) -> int:
    return problem.lines.total if line is None else problem.lines.minima[line]


def _parts(prover: Prover, short: list[int]) -> list[Targets]:
    """Small, disjoint sets of targets whose least shortages add up to all that is short."""
    alone = [frozenset({target}) for target, steps in enumerate(short) if steps]
    if sum(map(prover.least, alone)) == sum(short):
        return alone
    everything = frozenset(range(len(short)))
    if prover.least(everything) < sum(short):
        prover.insist_on_whole_steps()
    involved = everything - _uninvolved(prover, everything)
    parts = _split(prover, involved if prover.least(involved) == sum(short) else everything)
    return sorted(filter(prover.least, parts), key=min)


def _uninvolved(prover: Prover, targets: Targets) -> Targets:
    """The targets that contribute nothing to the shortfall: their dual value is zero."""
    prices, model = prover.prices(targets).rows, prover.model
    rows = {target: model.limit_rows[prover.problem.targets[target].line] for target in targets}
    return frozenset(target for target, row in rows.items() if abs(prices[row]) < NEARLY)


def _split(prover: Prover, left: Targets) -> Iterator[Targets]:
    """Splits a set of targets as long as the least shortages of the parts add up to that of the whole."""
    while left:
        part = left
        for target in sorted(left, key=lambda target: (prover.least(frozenset({target})), target)):
            smaller = part - {target}
            if smaller and prover.least(smaller) + prover.least(left - smaller) == prover.least(left):
                part = smaller
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
    """The binding maximums, in file order."""
    codes, requirements = set(_binding(prover, part)), prover.problem.compiled.requirements
    for area in requirements.areas:
        if (area.code, None) in codes and area.maximum is not None:
            yield Limit(area.maximum, area=area.code)
    for rule in requirements.rules:
        if (None, rule.code) in codes and rule.maximum is not None:
            yield Limit(rule.maximum, rule=rule.code, per=rule.per)


def _binding(prover: Prover, part: Targets) -> Iterator[tuple[str | None, str | None]]:
    """The areas and rules whose maximum binds: raising it by a step would reduce the shortage."""
    model, lines = prover.model, prover.problem.lines.lines
    prices = prover.prices(part)
    stuck = [prover.problem.targets[target].line for target in part if prover.problem.targets[target].unreachable]
    full = [line for line, row in model.limit_rows.items() if prices.rows[row] < -NEARLY]
    yield from [(lines[line].area, lines[line].rule) for line in (*stuck, *full) if line is not None]
    yield from [(None, rule) for row, rule in model.item_rows.items() if prices.rows[row] < -NEARLY]
    members = zip(model.members, prices.columns[len(model.uses) :], strict=False)
    yield from [(None, member.limit) for member, price in members if price < -NEARLY]


def _demand(problem: Problem, after: Tally, line: int | None) -> Demand:
    needed = from_hundredths(_needed(problem, line))
    if line is None:
        return Demand(needed)
    of = problem.lines.lines[line]
    is_yearly = of.rule is not None and problem.compiled.rules[of.rule].per == Per.YEAR
    return Demand(needed, of.area, of.rule, after.years[of.period] if is_yearly else None)
