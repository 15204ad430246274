"""What a case found: figures beside what is required of them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

# How much of each case is run: 1.0 is what `make faults` does within minutes.
SCALE = float(os.environ.get("FAULTS_ROUNDS", "1"))


def rounds(usual: int) -> int:
    """How often a case does its thing: as usual, or as FAULTS_ROUNDS (a factor) asks."""
    return max(1, round(usual * SCALE))


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

    def cells(self) -> tuple[str, ...]:
        verdict = "ok" if self.is_met else "MISSED"
        return self.fault, self.what, f"{self.measured:g}", f"<= {self.allowed:g}", self.of, verdict


def table(figures: Sequence[Figure]) -> str:
    """The figures as text, one line each."""
    rows = [("fault", "what", "measured", "required", "of", ""), *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
