"""What counts, from sums alone, as long as no maximum stands in the way: without a word on any credit."""

from collections.abc import Iterable
from datetime import date
from operator import gt

from credentials.rules import Window
from education.rules.compiled import OUTSIDE, Compiled
from education.rules.values import CreditId

# A share with what the rules ask of its credit, points in hundredths: area, points; the credit, its kind, subjects,
# provider, day and points, and whether it was refused.
Sharing = tuple[str, int, CreditId, str, frozenset[str], str | None, date, int, bool]


def sums_of(ready: Compiled, window: Window, shares: Iterable[Sharing]) -> list[int] | None:
    """Hundredths that count, in the order of the lines; None where they depend on single credits, so count these.

    That is so where a maximum is reached, a rule looks at each credit, or a share is not whole: more than its credit
    has left, or no multiple of the step.
    """
    years = ready.years(window)
    lines = ready.lines(len(years))
    sorts, places, step = lines.sorts, ready.area_index, ready.step
    found, left = [0] * len(lines.lines), dict[CreditId, int]()
    for area, points, credit, kind, subjects, provider, completed_on, of, is_refused in shares:
        left[credit] = left.get(credit, of) - points
        if left[credit] < 0 or points % step:
            return None
        period = OUTSIDE if is_refused else _period(completed_on, window, years)
        key = (kind, subjects, provider, period)
        if (spot := (sorts.get(key) or lines.sort(*key)).spots[places[area]]) is None:
            continue
        if spot.items:
            return None
        for line in spot.lines:
            found[line] += points
    return None if any(map(gt, found, lines.maxima)) else found


def _period(day: date, window: Window, years: tuple[Window, ...]) -> int:
    """The year of the window, or OUTSIDE."""
    if not window.starts_on <= day <= window.ends_on:
        return OUTSIDE
    return next(number for number, year in enumerate(years) if day <= year.ends_on)
