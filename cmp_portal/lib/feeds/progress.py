"""How far a long reading has come: drawn on a terminal, silent everywhere else."""

from dataclasses import dataclass
from time import monotonic
from typing import TextIO

WIDTH = 30
PAUSE = 0.1


@dataclass(slots=True)
class Progress:
    """A bar on one line of a terminal."""

    total: int
    out: TextIO
    unit: str = "lines"
    _next: float = 0.0

    def show(self, done: int, records: int) -> None:
        """Draws the bar, at most ten times a second."""
        if not self.out.isatty() or monotonic() < self._next:
            return
        self._next = monotonic() + PAUSE
        share = min(1.0, done / self.total) if self.total else 1.0
        bar = ("█" * int(share * WIDTH)).ljust(WIDTH, "·")
        self.out.write(f"\r{bar} {share:4.0%}  {records:,} {self.unit}")
        self.out.flush()

    def clear(self) -> None:
        """Leaves the line to whoever writes next."""
        if self.out.isatty():
            self.out.write("\r\033[K")
            self.out.flush()
