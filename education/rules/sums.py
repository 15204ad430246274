"""A fast path for what counts, from sums alone: valid while no maximum binds; says nothing about single credits."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import date
from operator import gt
from typing import Any

from credentials.rules import Window
from education.rules.compiled import OUTSIDE, Compiled
from education.rules.values import CreditId

# A share with the facts that rules use about its credit; points are hundredths. Area, points; then the credit's id,
# kind, subjects, provider, completion date and points, and why it was refused (None if it was not).
Sharing = tuple[Any, int, CreditId, str, Iterable[str], str | None, date, int, object]


def sums_of(ready: Compiled, window: Window, shares: Iterable[Sharing], places: Mapping[Any, int]) -> list[int] | None:
    """The hundredths that count, in the order of the lines, or None if they depend on single credits: then use `count`.

    The result is None if a maximum is exceeded, if a rule per item applies, or if a share is not usable in full: more
    than its credit has left, or not a multiple of the step. `places` maps the area keys used in the shares to the
    areas' indexes in the requirements.
    """
    years = ready.years(window)
    lines = ready.lines(len(years))
    classes, step = lines.classes, ready.step
    first, last, ends = window.starts_on, window.ends_on, [year.ends_on for year in years]
    found, left = [0] * len(lines.lines), dict[CreditId, int]()
    for area, points, credit, kind, subjects, provider, completed_on, of, refusal in shares:
        left[credit] = rest = left.get(credit, of) - points
        if rest < 0 or points % step:
            return None
        counts = refusal is None and first <= completed_on <= last
        period = bisect_left(ends, completed_on) if counts else OUTSIDE
        key = (kind, frozenset(subjects), provider, period)
        if (limits := (classes.get(key) or lines.class_of(*key)).limits[places[area]]) is None:
            continue
        if limits.items:
            return None
        for line in limits.lines:
            found[line] += points
    return None if any(map(gt, found, lines.maxima)) else found
