"""How far a long reading has come: drawn on a terminal, a line now and then everywhere else."""

import io
from dataclasses import dataclass
from time import monotonic
from typing import TextIO

WIDTH = 30
PAUSE, LONG_PAUSE = 0.1, 10.0  # seconds


@dataclass(slots=True)
class Progress:
    """A bar on one line of a terminal; in a log a line every ten seconds, the first after as long."""

    total: int
    out: TextIO
    unit: str = "lines"
    _next: float = 0.0

    def show(self, done: int, records: int, *, of: int | None = None) -> None:
        """`of`: what there is in all, where that is another number than `done` counted against before."""
        now, total = monotonic(), of or self.total
        share = min(1.0, done / total) if total else 1.0
        if self.out.isatty() and now >= self._next:
            self._next = now + PAUSE
            bar = ("█" * int(share * WIDTH)).ljust(WIDTH, "·")
            self._write(f"\r{bar} {share:4.0%}  {records:,} {self.unit}")
        elif not self.out.isatty() and now >= (self._next or self._first(now)):
            self._next = now + LONG_PAUSE
            self._write(f"{share:.0%}, {records:,} {self.unit}\n")

    def clear(self) -> None:
        """Leaves the line to whoever writes next."""
        if self.out.isatty():
            self._write("\r\033[K")

    def _first(self, now: float) -> float:
        self._next = now + LONG_PAUSE
        return self._next

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()


class Silent(Progress):
    """For whoever has nobody to tell."""

    def show(self, done: int, records: int, *, of: int | None = None) -> None:
        pass


SILENT = Silent(0, io.StringIO())
