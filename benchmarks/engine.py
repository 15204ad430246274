"""Benchmark of the rules engine: `python -m benchmarks.engine [holders per family]`.

Measures CPU time of this process, so that other load matters less. A plain loop timed in the same run gives the
machine's speed, and every figure is also reported as a multiple of it. Requirement sets are compiled once and shared
by 25 holders, as in production.
"""

import sys
from gc import collect
from statistics import median
from time import process_time
from typing import NamedTuple

from benchmarks.families import FAMILIES, WINDOW, holder, shipped
from education.rules import Share, compile_requirements, evaluate, sentences, suggest

GOALS = "suggest: median 15 ms, worst 250 ms; 5,000 x 8: 0.5 s; evaluate: 100 us, with sentences 150 us"
SLOWEST = 10


def timed(call, times=1):
    """CPU seconds per call."""
    start = process_time()
    for _ in range(times):
        call()
    return (process_time() - start) / times


def pace():
    """Reference for the machine's speed: a loop of ten thousand multiplications."""
    total = 0
    for number in range(10_000):
        total += number * number
    return total


class Run(NamedTuple):
    """Time and outcome of the suggestion for one generated holder."""

    seconds: float
    family: str
    number: int
    is_complete: bool
    proven: bool
    splits: int

    def __str__(self):
        return f"{self.seconds * 1e3:.1f} ms: holder({self.family!r}, {self.number})"


def suggestions(family, count):
    """Suggestions for that many holders with 60 credits and 12 areas, warm.

    Each requirement set is dropped after its 25 holders: a server has a few dozen, not hundreds that the garbage
    collector would traverse while a suggestion is timed.
    """
    for number in range(count):
        requirements, credits = holder(family, number)
        if not number % 25:
            compile_requirements.cache_clear()
            collect()
            suggest(requirements, credits, [], WINDOW)
        compiled = compile_requirements(requirements)
        start = process_time()
        found = suggest(compiled, credits, [], WINDOW)
        seconds = process_time() - start
        yield Run(seconds, family, number, found.is_complete, found.proven, found.splits)


def large(family):
    """Time of a suggestion for 5,000 credits and 8 areas, warm."""
    requirements, credits = holder(family, 0, credits=5_000, areas=8)
    compiled = compile_requirements(requirements)
    suggest(compiled, credits[:60], [], WINDOW)
    return timed(lambda: suggest(compiled, credits, [], WINDOW))


def evaluations(requirements, credits):
    """Times of evaluating 60 shares with compiled requirements, without and with the explanatory sentences."""
    compiled = compile_requirements(requirements)
    accepting = {
        credit: [area.code for area in requirements.areas if area.accepts_subjects(credit.subjects)]
        for credit in credits
    }
    shares = [Share(credit.id, areas[0], credit.points) for credit, areas in accepting.items() if areas]

    def with_sentences():
        for standing in evaluate(compiled, credits, shares, WINDOW).credits:
            sentences(standing, compiled)

    plain = [timed(lambda: evaluate(compiled, credits, shares, WINDOW), 100) for _ in range(15)]
    told = [timed(with_sentences, 100) for _ in range(15)]
    return median(plain), median(told)


def report(what, seconds, unit):
    print(f"  {what:34} {seconds:10.6f} s {seconds / unit:12.2f} x the loop")


def report_evaluations(example, unit):
    for what, seconds in zip(("evaluate", "evaluate, with sentences"), evaluations(*example), strict=True):
        report(what, seconds, unit)


def report_suggestions(runs, unit):
    times = [run.seconds for run in runs]
    report("suggest, median", median(times), unit)
    report("suggest, worst", max(times), unit)


def main(count):
    unit = median(timed(pace) for _ in range(51))
    print(f"{GOALS}\nthe loop: {unit * 1e6:.0f} us of CPU; {count} holders of each family")
    everything = []
    for family in FAMILIES:
        runs = list(suggestions(family, count))
        everything += runs
        complete, proven = sum(run.is_complete for run in runs), sum(run.proven for run in runs)
        print(f"{family}: {complete} complete, {proven} proven, {sum(run.splits for run in runs)} split credits")
        report_suggestions(runs, unit)
        report("suggest, 5,000 x 8", large(family), unit)
        report_evaluations(holder(family, 0), unit)
    print("MLS, as shipped:")
    report_evaluations(shipped("mls"), unit)
    print("all families:")
    report_suggestions(everything, unit)
    print("the slowest:", *sorted(everything, reverse=True)[:SLOWEST], sep="\n  ")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_500)
