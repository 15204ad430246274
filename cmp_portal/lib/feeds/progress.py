"""Progress of long reads: a bar on a terminal, occasional lines elsewhere."""

import io
from dataclasses import dataclass
from time import monotonic
from typing import TextIO

WIDTH = 30
PAUSE, LONG_PAUSE = 0.1, 10.0  # seconds


@dataclass(slots=True)
class Progress:
    """A progress bar on a terminal; otherwise a line every ten seconds, starting after ten.

    With a total of 0, which is one that nobody knows, only the count is shown.
    """

    total: int
    out: TextIO
    unit: str = "lines"
    _next: float = 0.0

    def show(self, done: int, records: int, *, of: int | None = None) -> None:
        """Show progress; `of` replaces `total` where `done` counts something else."""
        now, total = monotonic(), of or self.total
        percent = 100 * min(done, total) // total if total else None  # 100 only when complete
        if self.out.isatty() and now >= self._next:
            self._next = now + PAUSE
            self._write(f"\r{_bar(percent)}{records:,} {self.unit}")
        elif not self.out.isatty() and now >= (self._next or self._first(now)):
            self._next = now + LONG_PAUSE
            self._write(f"{'' if percent is None else f'{percent}%, '}{records:,} {self.unit}\n")

    def clear(self) -> None:
        """Clear the line for whatever is written next."""
        if self.out.isatty():
            self._write("\r\033[K")

    def _first(self, now: float) -> float:
        self._next = now + LONG_PAUSE
        return self._next

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()


def _bar(percent: int | None) -> str:
    if percent is None:
        return ""
    bar = ("█" * (percent * WIDTH // 100)).ljust(WIDTH, "·")
    return f"{bar} {percent:>3}%  "


class Silent(Progress):
    """Progress that is not shown."""

    def show(self, done: int, records: int, *, of: int | None = None) -> None:
        pass


SILENT = Silent(0, io.StringIO())
