"""When a cycle runs, which dates count for it, and when it may be declared and renewed.

Sources: ascp.org, pages participation-in-cmp, enter-allocate-CMP, submit-cmp-declaration, declaration-complete-cmp
and Steps-to-Synchronize. All dates are in the Board's time zone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import MAXYEAR, date, timedelta

from credentials.enums import Hold, Validity

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `starts_on` to `ends_on`, both inclusive."""

    starts_on: date
    ends_on: date

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True, slots=True)
class CycleFacts:
    """A cycle of a credential, with those settings of the credential type that affect its window."""

    starts_on: date
    ends_on: date
    voluntary: bool = False
    by_month: bool = True
    years: int = 3

    def is_running(self, on: date) -> bool:
        """Whether the cycle has not ended yet; its last day is still part of it."""
        return on <= self.ends_on


class CycleError(ValueError):
    """A cycle would be lengthened, or would end before it starts."""


def anniversary(day: date, years: int) -> date:
    """The same date `years` later (earlier if negative); the anniversary of 29 February is 1 March.

    None is later than the last date there is, with which a register may say that something never ends.
    """
    if day.year + years > MAXYEAR:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def window(cycle: CycleFacts, on: date) -> Window:
    """The window in which an activity must be completed to count.

    While the cycle runs: its own dates or, if counted by month, from the first day of the month `years` before its
    end. Once it has expired, or if it is voluntary: the `years` up to `on`, the date of the receipt. Sources: ascp.org,
    enter-allocate-CMP; for months, declaration-complete-cmp (ends June 2018: June 2015 to June 2018 counts).
    """
    if cycle.voluntary or not cycle.is_running(on):
        return Window(anniversary(on, -cycle.years), on)
    if cycle.by_month:
        return Window(cycle.ends_on.replace(year=cycle.ends_on.year - cycle.years, day=1), cycle.ends_on)
    return Window(cycle.starts_on, cycle.ends_on)


def periods(window: Window) -> tuple[Window, ...]:
    """The years of a window, each from one anniversary to the day before the next; the last absorbs a remainder."""
    years = max(1, _full_years(window))
    starts = [anniversary(window.starts_on, year) for year in range(years)]
    ends = [start - DAY for start in starts[1:]] + [window.ends_on]
    return tuple(map(Window, starts, ends))


def _full_years(window: Window) -> int:
    """Full years in a window, computed without the day after its end, which `date` may not be able to represent."""
    starts_on, ends_on = window.starts_on, window.ends_on
    years = ends_on.year - starts_on.year
    if (starts_on.month, starts_on.day, ends_on.month, ends_on.day) == (1, 1, 12, 31):
        return years + 1
    return years - (anniversary(starts_on, years) - ends_on > DAY)


def requirements_day(cycle: CycleFacts, on: date) -> date:
    """The date that selects the requirement set: the end of the cycle or, once expired, the date of the receipt."""
    return cycle.ends_on if cycle.is_running(on) else on


def declaration_opens_on(ends_on: date, days: int = 90) -> date:
    """The first day to declare, 90 days before the end. Source: ascp.org, submit-cmp-declaration."""
    return ends_on - timedelta(days=days)


def advised_until(ends_on: date, days: int = 30) -> date:
    """The last recommended day to declare: 30 days or one month before the end, whichever is earlier.

    Source: ascp.org, submit-cmp-declaration.
    """
    return min(ends_on - timedelta(days=days), _month_before(ends_on))


def _month_before(day: date) -> date:
    last_of_previous = day.replace(day=1) - DAY
    return last_of_previous.replace(day=min(day.day, last_of_previous.day))


def reinstated_until(ends_on: date, years: int | None) -> date | None:
    """The last day for reinstatement without a new examination; None if the Board has set no number of years.

    The number is not published, hence a setting.
    """
    return None if years is None else anniversary(ends_on, years)


def cycle_end(anchor: date, k: int, years: int = 3) -> date:
    """The end date `k` cycles after the anchor; an anchor on 29 February falls on the 28th in non-leap years.

    Always computed from the anchor, never from the previous end, so that 29 February does not drift.
    """
    year = anchor.year + k * years
    try:
        return anchor.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def next_cycle(old: CycleFacts, anchor: date) -> CycleFacts:
    """The cycle that follows: from the day after the old end to the anchor's next end.

    An end that was shortened becomes the new anchor. Source: inferred from ascp.org, submit-cmp-declaration (renewal
    in the month of the end).
    """
    k = (old.ends_on.year - anchor.year) // old.years
    if cycle_end(anchor, k, old.years) != old.ends_on:
        anchor, k = old.ends_on, 0
    return replace(old, starts_on=old.ends_on + DAY, ends_on=cycle_end(anchor, k + 1, old.years))


def reinstated_cycle(old: CycleFacts, starts_on: date) -> CycleFacts:
    """The full-length cycle of a reinstated credential; its end is the new anchor.

    The Board sets which day `starts_on` is: the day after the date of the receipt, or the date of approval.
    """
    return replace(old, starts_on=starts_on, ends_on=cycle_end(starts_on - DAY, 1, old.years))


def shortened(cycle: CycleFacts, ends_on: date) -> CycleFacts:
    """The cycle with an earlier end; raises CycleError if that would lengthen it or end it before its start.

    Source: ascp.org, Steps-to-Synchronize.
    """
    if ends_on > cycle.ends_on:
        raise CycleError(f"a cycle ending on {cycle.ends_on} can be shortened, not lengthened to {ends_on}")
    if ends_on < cycle.starts_on:
        raise CycleError(f"a cycle starting on {cycle.starts_on} cannot end on {ends_on}")
    return replace(cycle, ends_on=ends_on)


def synchronised(cycles: Iterable[CycleFacts]) -> tuple[CycleFacts, ...]:
    """All cycles, aligned to the earliest end. Source: ascp.org, Steps-to-Synchronize."""
    cycles = tuple(cycles)
    earliest = min((cycle.ends_on for cycle in cycles), default=date.max)
    return tuple(shortened(cycle, earliest) for cycle in cycles)


def may_synchronise(cycle: CycleFacts, on: date) -> bool:
    """Whether the cycle may be synchronized with others: it is mandatory, has started, and has not ended.

    Source: ascp.org, Steps-to-Synchronize; excluding voluntary and ended cycles is inferred.
    """
    return not cycle.voluntary and cycle.starts_on <= on <= cycle.ends_on


def is_mandatory(certified_on: date, mandatory_from: date | None) -> bool:
    """Whether maintenance is mandatory for this holder; `mandatory_from` None means for all.

    Source: ascp.org, participation-in-cmp.
    """
    return mandatory_from is None or certified_on >= mandatory_from


def validity(cycle: CycleFacts | None, on: date, *, hold: Hold = Hold.NONE, under_review: bool = False) -> Validity:
    """The validity of a credential as shown to the public: holds by the Board take precedence over dates.

    A credential without a cycle, or with a voluntary one, is valid for life: those certified earlier never expire
    (ascp.org, participation-in-cmp). `under_review`: declared in time and not decided yet.
    """
    if hold != Hold.NONE:
        return Validity(hold)
    if cycle is None or cycle.voluntary:
        return Validity.LIFETIME
    if cycle.is_running(on):
        return Validity.ACTIVE
    return Validity.UNDER_REVIEW if under_review else Validity.EXPIRED
