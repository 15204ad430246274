"""The only module that knows the solver HiGHS, which is imported on first use and configured to be deterministic."""

from importlib import import_module
from typing import Any, NamedTuple

from education.rules.suggest.model import Model

ROW_WISE, MINIMISE, CONTINUOUS, INTEGER = 2, 1, 0, 1
NEARLY = 1e-6
OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.0,
    "presolve": "off",
    "simplex_strategy": 4,  # primal: stages change costs and fix what is reached; the last solution stays feasible
}


class Solution(NamedTuple):
    """The value of the objective, the values of all columns, and whether they are proven optimal."""

    value: float
    columns: list[float]
    is_best: bool


class Prices(NamedTuple):
    """Dual values of the rows and reduced costs of the columns: what one more step would have changed.

    Below zero for a binding maximum, above zero for a binding minimum.
    """

    rows: list[float]
    columns: list[float]


class OutOfTime(Exception):
    """No solution was found in the time given."""


class Solver:
    """A model being solved in stages: each stage has its own costs and respects what earlier ones fixed."""

    def __init__(self, model: Model, seconds: float) -> None:
        self.model = model
        self.seconds = seconds
        self.costly: list[int] = []
        self.kit: Any = import_module("highspy")
        self.highs = _loaded(self.kit, model)

    def minimise(self, costs: dict[int, float]) -> Solution:
        """Minimizes the sum of costs. Raises OutOfTime if no feasible solution is found in time."""
        changed = dict.fromkeys(self.costly, 0.0) | costs
        columns = sorted(changed)  # HiGHS expects them in order
        self.highs.changeColsCost(len(columns), columns, [changed[column] for column in columns])
        self.costly = list(costs)
        return self._run()

    def hold_column(self, column: int, most: float) -> None:
        """Limits a column to at most this many steps from now on."""
        self.highs.changeColBounds(column, 0.0, most)

    def hold_row(self, row: int, steps: float) -> None:
        """Fixes a row at exactly this many steps from now on."""
        self.highs.changeRowBounds(row, steps, steps)

    def use_whole_steps(self) -> None:
        """Requires every use of a group to be a whole number of steps from now on (a mixed-integer program)."""
        count = len(self.model.uses)
        self.highs.setOptionValue("presolve", "on")
        self.highs.changeColsIntegrality(count, list(range(count)), [INTEGER] * count)

    def prices(self) -> Prices:
        """The dual values at the last solution of the relaxation."""
        solution = self.highs.getSolution()
        return Prices(list(solution.row_dual), list(solution.col_dual))

    def _run(self) -> Solution:
        self.highs.setOptionValue("time_limit", max(0.0, self.seconds - self.highs.getRunTime()))
        self.highs.run()
        info, is_best = self.highs.getInfo(), self.highs.getModelStatus() == self.kit.HighsModelStatus.kOptimal
        if not is_best and info.primal_solution_status != self.kit.SolutionStatus.kSolutionStatusFeasible:
            raise OutOfTime
        return Solution(info.objective_function_value, list(self.highs.getSolution().col_value), is_best)


def _loaded(kit: Any, model: Model) -> Any:
    highs = kit.Highs()
    for option, value in OPTIONS.items():
        highs.setOptionValue(option, value)
    rows, columns = model.rows, len(model.uppers)
    highs.passModel(
        columns, len(rows.lower), len(rows.index), ROW_WISE, MINIMISE, 0.0,
        [0.0] * columns, [0.0] * columns, model.uppers, rows.lower, rows.upper,
        rows.starts, rows.index, rows.value, [CONTINUOUS] * columns,
    )  # fmt: skip
    return highs
