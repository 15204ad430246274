"""Define, run and report benchmark cases. A case is a function that returns a measurement and its baseline, if any.

    @case("1", "My Account, p50 against a bare page", at_most=1.25)
    def my_account(site):
        return site.page("/account/"), site.bare("/account/")

Both are called alternately, so that other load on the machine affects both. The figure is the ratio of the medians, its
spread the smallest and largest ratio of a round. Without a baseline the figure is the measured value itself.
"""

import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
HEAD = "| goal | what | required | figure | spread | ours / baseline | |\n| --- | --- | --- | --- | --- | --- | --- |"
START, END = "<!-- figures -->\n", "<!-- end of figures -->\n"

Measure = Callable[[], float]


@dataclass(frozen=True)
class Case:
    goal: str
    what: str
    prepare: Callable[..., tuple[Measure, Measure | None]]
    at_most: float | None
    at_least: float | None
    unit: str
    rounds: int

    @property
    def limit(self) -> str:
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}" if self.at_most else "0"


@dataclass(frozen=True)
class Result:
    case: Case
    ours: list[float] = field(default_factory=list)
    base: list[float] = field(default_factory=list)

    @property
    def figure(self) -> float:
        return median(self.ours) / median(self.base) if self.base else median(self.ours)

    @property
    def spread(self) -> list[float]:
        if not self.base:
            return sorted(self.ours)
        return sorted(ours / base for ours, base in zip(self.ours, self.base, strict=True))

    @property
    def is_met(self) -> bool:
        least = self.case.at_least
        return self.figure >= least if least is not None else self.figure <= (self.case.at_most or 0)

    def row(self) -> str:
        unit = " ×" if self.base else f" {self.case.unit}".rstrip()
        spread = f"{_short(self.spread[0])} to {_short(self.spread[-1])}"
        against = f"{_short(median(self.ours))} / {_short(median(self.base))} {self.case.unit}" if self.base else ""
        met = "met" if self.is_met else "**missed**"
        figure = f"{_short(self.figure)}{unit}"
        return f"| {self.case.goal} | {self.case.what} | {self.case.limit} | {figure} | {spread} | {against} | {met} |"


CASES: list[Case] = []


def case(
    goal: str,
    what: str,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    unit: str = "ms",
    rounds: int = 3,
) -> Callable[[Callable[..., tuple[Measure, Measure | None]]], None]:
    """Register a function as a case; without a limit, the figure must be 0."""
    return lambda prepare: CASES.append(Case(goal, what, prepare, at_most, at_least, unit, rounds))


def run(site: object, *, only: str = "") -> Iterator[Result]:
    """Run the cases in order, and print and yield each result as it is known."""
    for one in CASES:
        if not only or one.goal in only.split(","):
            ours, base = one.prepare(site)
            result = Result(one)
            for _round in range(one.rounds):
                result.ours.append(ours())
                if base:
                    result.base.append(base())
            print(result.row(), flush=True)
            yield result


def write(results: list[Result], *, holders: int, credits: int, server: str, extra: str) -> None:
    """Replace the table between the markers in the document, keeping the text around it."""
    size = f"{date.today():%-d %B %Y}: {holders:,} holders, {credits:,} credits; {machine()}, {server}.\n"
    table = "\n".join([size, HEAD, *(result.row() for result in results), "", extra])
    text = DOCUMENT.read_text(encoding="utf-8")
    before, after = text.split(START)[0], text.split(END)[1]
    DOCUMENT.write_text(f"{before}{START}{table}{END}{after}", encoding="utf-8")


def machine() -> str:
    """The machine's specification, without its host name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}"


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
