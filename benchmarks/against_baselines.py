"""How often and by how much `suggest` beats two simple allocation strategies: `python -m benchmarks.against_baselines`.

Writes docs/suggest-against-baselines.md; holders are generated from fixed seeds.
"""

import sys
from pathlib import Path
from statistics import mean

from benchmarks.families import FAMILIES, WINDOW, holder
from education.rules import compile_requirements, evaluate, still_needed, suggest
from tests.education.rules.baselines import first_come_with_caps, first_that_fits

BASELINES = {"first come with caps": first_come_with_caps, "first area that fits": first_that_fits}
PAGE = Path(__file__).parent.parent / "docs" / "suggest-against-baselines.md"
TEXT = """# The suggestion compared with two common ways to allocate

{count} generated holders of each family, with 60 credits and 12 areas each. `python -m benchmarks.against_baselines`
writes this page. `tests/education/rules/baselines.py` reimplements both ways from their published descriptions:

- **first come with caps**: takes the oldest credit first and puts it into the areas its subjects name, up to each
  area's minimum and within all caps; what is left then goes wherever there is room.
- **first area that fits**: puts each whole credit into the first area that accepts it.

The families (`benchmarks/families.py`):

- *disjoint*: each subject has one area.
- *realistic*: minimums in single subjects, college at most half, kinds capped, ten points in each year, five per
  activity.
- *overlapping*: areas share subjects, and pooled rules overlap.
- *tight*: like overlapping, with maximums on all areas and a floor and a cap on every year.

"Better" means less still to earn, or the same with fewer shortages. Neither way was better than the suggestion in any
case: {worse} of {all}.

| family | complete by `suggest` | against | complete by it | `suggest` is better | points less to earn: mean | most |
| --- | --- | --- | --- | --- | --- | --- |
{rows}
"""


def compared(family, count):
    """For each holder, points still to earn and shortfall: of the suggestion, then of each baseline."""
    for number in range(count):
        requirements, credits = holder(family, number)
        compiled = compile_requirements(requirements)
        found = suggest(compiled, credits, [], WINDOW)
        shares = [way(requirements, credits, WINDOW) for way in BASELINES.values()]
        ways = [evaluate(compiled, credits, each, WINDOW) for each in shares]
        yield [(standing.shortfall, still_needed(standing)) for standing in (found.standing, *ways)]


def rows_of(family, results):
    """One row of the table for each baseline."""
    complete = [sum(not result[way][0] for result in results) for way in range(len(BASELINES) + 1)]
    for way, name in enumerate(BASELINES, 1):
        saved = [result[way][1] - result[0][1] for result in results]
        better = sum(result[0] < result[way] for result in results)
        share = [f"{100 * count / len(results):.0f} %" for count in (complete[0], complete[way], better)]
        yield f"| {family} | {share[0]} | {name} | {share[1]} | {share[2]} | {mean(saved):.2f} | {max(saved):.2f} |"


def main(count):
    results = {family: list(compared(family, count)) for family in FAMILIES}
    rows = [row for family, found in results.items() for row in rows_of(family, found)]
    pairs = [(result[0][0], other[0]) for found in results.values() for result in found for other in result[1:]]
    worse = sum(ours > theirs for ours, theirs in pairs)
    PAGE.write_text(TEXT.format(count=count, rows="\n".join(rows), worse=worse, all=len(pairs)), encoding="utf-8")
    print("\n".join(rows))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 250)
