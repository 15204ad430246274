"""What a case found: figures beside what is required of them."""

import os
from dataclasses import dataclass

# How much of each case is run: 1.0 is what `make faults` does within minutes; the goals ask for what is full.
SCALE = float(os.environ.get("FAULTS_ROUNDS", "1"))
IS_FULL = os.environ.get("FAULTS_FULL", "") == "1"
HEAD = "| fault | what | figure | required | of | |\n| --- | --- | --- | --- | --- | --- |"


def rounds(usual: int, full: int | None = None) -> int:
    """How often a case does its thing: as usual, or in full with FAULTS_FULL=1; times FAULTS_ROUNDS."""
    return max(1, round((full if full and IS_FULL else usual) * SCALE))


@dataclass(frozen=True)
class Figure:
    """One measured number, the most it may be, and what it was measured on."""

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
