"""Results of a case: measured figures and their limits."""

import os
from dataclasses import dataclass

# Scale of each case: at 1.0 `make faults` takes minutes; FAULTS_FULL=1 runs the full numbers that the goals ask for.
SCALE = float(os.environ.get("FAULTS_ROUNDS", "1"))
IS_FULL = os.environ.get("FAULTS_FULL", "") == "1"
HEAD = "| case | what | figure | limit | measured on | |\n| --- | --- | --- | --- | --- | --- |"


def rounds(usual: int, full: int | None = None) -> int:
    """Number of repetitions: `usual`, or `full` with FAULTS_FULL=1; times FAULTS_ROUNDS."""
    return max(1, round((full if full and IS_FULL else usual) * SCALE))


@dataclass(frozen=True)
class Figure:
    """A measured number, its upper limit, and what it was measured on."""

    fault: str
    what: str
    measured: float
    allowed: float = 0
    of: str = ""

    @property
    def is_met(self) -> bool:
        return self.measured <= self.allowed

    def row(self) -> str:
        verdict = "met" if self.is_met else "**missed**"
        return f"| {self.fault} | {self.what} | {self.measured:,g} | ≤ {self.allowed:,g} | {self.of} | {verdict} |"
