"""How fast the rules engine is: `python -m benchmarks.engine [holders per family]`.

CPU time of this process, so that a busy machine matters less; the machine's own pace is told by a plain loop timed in
the same run, and every figure also as a multiple of it. Requirements are compiled and shared by 25 holders, as in life.
"""

import sys
from statistics import median
from time import process_time

from benchmarks.families import FAMILIES, WINDOW, holder
from education.rules import Share, compile_requirements, evaluate, sentences, suggest

GOALS = "suggest: median 15 ms, worst 250 ms; 5,000 x 8: 0.5 s; evaluate: 100 us, with sentences 150 us"


def timed(call, times=1):
    """CPU seconds of one call."""
    start = process_time()
    for _ in range(times):
        call()
    return (process_time() - start) / times


def pace():
    """A loop of ten thousand multiplications, the measure of the machine."""
    total = 0
    for number in range(10_000):
        total += number * number
    return total


def suggestions(family, count):
    """Times of the suggestion for so many holders of 60 credits and 12 areas, warm, and how they came out."""
    times, found = [], []
    for number in range(count):
        requirements, credits = holder(family, number)
        compiled = compile_requirements(requirements)
        if not number % 25:
            suggest(compiled, credits, [], WINDOW)
        start = process_time()
        suggestion = suggest(compiled, credits, [], WINDOW)
        times.append(process_time() - start)
        found.append((suggestion.is_complete, suggestion.proven, suggestion.splits))
    return sorted(times), found


def large(family):
    """Time of the suggestion for 5,000 credits and 8 areas, warm."""
    requirements, credits = holder(family, 0, credits=5_000, areas=8)
    compiled = compile_requirements(requirements)
    suggest(compiled, credits[:60], [], WINDOW)
    return timed(lambda: suggest(compiled, credits, [], WINDOW))


def evaluations(family):
    """Times of evaluating 60 shares, compiled, without and with the sentences."""
    requirements, credits = holder(family, 0)
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


def main(count):
    unit = median(timed(pace) for _ in range(51))
    print(f"{GOALS}\nthe loop: {unit * 1e6:.0f} us of CPU; {count} holders of each family")
    everything = []
    for family in FAMILIES:
        times, found = suggestions(family, count)
        everything += times
        complete, proven, splits = map(sum, zip(*found, strict=True))
        print(f"{family}: {complete} complete, {proven} proven, {splits} split credits")
        report("suggest, median", median(times), unit)
        report("suggest, worst", times[-1], unit)
        report("suggest, 5,000 x 8", large(family), unit)
        for what, seconds in zip(("evaluate", "evaluate, with sentences"), evaluations(family), strict=True):
            report(what, seconds, unit)
    print("all families:")
    report("suggest, median", median(everything), unit)
    report("suggest, worst", max(everything), unit)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_500)
