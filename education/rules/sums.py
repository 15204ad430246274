"""What counts, from sums alone, as long as no maximum stands in the way: without a word on any credit."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import date
from operator import gt
from typing import Any

from credentials.rules import Window
from education.rules.compiled import OUTSIDE, Compiled
from education.rules.values import CreditId

# A share with what the rules ask of its credit, points in hundredths: area, points; the credit, its kind, subjects,
# provider, day and points, and what it was refused for, if it was.
Sharing = tuple[Any, int, CreditId, str, Iterable[str], str | None, date, int, object]


def sums_of(ready: Compiled, window: Window, shares: Iterable[Sharing], places: Mapping[Any, int]) -> list[int] | None:
    """Hundredths that count, in the order of the lines; None where they depend on single credits, so count these.

    That is so where a maximum is reached, a rule looks at each credit, or a share is not whole: more than its credit
    has left, or no multiple of the step. `places` are those of the areas in the requirements, by what shares call them.
    """
    years = ready.years(window)
    lines = ready.lines(len(years))
    sorts, step = lines.sorts, ready.step
    first, last, ends = window.starts_on, window.ends_on, [year.ends_on for year in years]
    found, left = [0] * len(lines.lines), dict[CreditId, int]()
    for area, points, credit, kind, subjects, provider, completed_on, of, refusal in shares:
        left[credit] = rest = left.get(credit, of) - points
        if rest < 0 or points % step:
            return None
        counts = refusal is None and first <= completed_on <= last
        period = bisect_left(ends, completed_on) if counts else OUTSIDE
        key = (kind, frozenset(subjects), provider, period)
        if (spot := (sorts.get(key) or lines.sort(*key)).spots[places[area]]) is None:
            continue
        if spot.items:
            return None
        for line in spot.lines:
            found[line] += points
    return None if any(map(gt, found, lines.maxima)) else found
