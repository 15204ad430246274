"""What is still to earn, as a number and as a sentence."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from credentials.enums import Per
from credentials.rules import Window
from education.rules.values import CreditId, RuleStanding, Standing
from education.rules.writing import PLAIN_ENGLISH, Writing
from education.rules.writing import gettext_noop as _

COMPLETE = _("Nothing is missing: every requirement is met.")
NEEDED = _("You still need {points}: {parts}.")
NEEDED_THERE = _("You still need {points}.")
POINT, POINTS = _("{points} point"), _("{points} points")
IN_AREA = _("{points} in {area}")
IN_ANY_AREA = _("{points} in any area")
AMONG_THEM = _("among them {points} for “{rule}”")
LOST = _("{points} for “{rule}” in the year ending {day} can no longer be made up.")
ZERO = Decimal("0.00")


class Lost(NamedTuple):
    """Points a past year lacks of a yearly rule's minimum; they can no longer be made up."""

    rule: RuleStanding
    year: Window
    missing: Decimal


class Part(NamedTuple):
    """One part of what is needed: the template that names it, its points, and the values for the template."""

    words: str
    points: Decimal
    where: tuple[tuple[str, str], ...] = ()


def still_needed(standing: Standing, on: date | None = None) -> Decimal:
    """The least number of points still to earn, given that one point can serve the total, its area and several rules.

    This is the largest of: what the total lacks; what all areas lack together; and, for each rule, what it lacks plus
    what the areas it does not cover lack. Years that ended before `on` are left out because they can no longer be made
    up.
    """
    by_rule = [_missing(rule, on) + _missing_outside(standing, rule) for rule in standing.rules]
    return max(standing.total.missing, _missing_in_areas(standing), *by_rule)


def lost(standing: Standing, on: date) -> tuple[Lost, ...]:
    """What is missing from yearly minimums in years that ended before `on`."""
    return tuple(
        Lost(rule, period.of, period.missing)
        for rule in standing.rules
        for period in rule.periods
        if period.missing and isinstance(period.of, Window) and is_past(rule, period.of, on)
    )


def shortfall_words(standing: Standing, on: date | None = None, write: Writing = PLAIN_ENGLISH) -> str:
    """What is missing in words: "You still need 4.50 points: 1.00 in medical ethics, 3.50 in any area."."""
    if standing.is_complete:
        return write.say(COMPLETE)
    needed = still_needed(standing, on)
    words = [_needed_words(standing, needed, on, write)] if needed else []
    past = () if on is None else lost(standing, on)
    return " ".join(words + [_lost_words(each, write) for each in past])


def _needed_words(standing: Standing, needed: Decimal, on: date | None, write: Writing) -> str:
    return _said(needed, tuple(_parts(standing, needed, on)), write)


def amount_words(points: Decimal, write: Writing) -> str:
    """Points with their unit, within a sentence."""
    return write.say(POINT if points == 1 else POINTS, points=write.points(points))


@lru_cache(maxsize=4096)
def _said(needed: Decimal, parts: tuple[Part, ...], write: Writing) -> str:
    """The sentence, cached because many holders lack the same; a single part is not broken down."""
    points = amount_words(needed, write)
    if len(parts) == 1:
        [part] = parts
        return write.say(NEEDED_THERE, points=write.say(part.words, points=points, **dict(part.where)))
    said = (write.say(part.words, points=write.points(part.points), **dict(part.where)) for part in parts)
    return write.say(NEEDED, points=points, parts=", ".join(said))


def _parts(standing: Standing, needed: Decimal, on: date | None) -> Iterator[Part]:
    for area in standing.areas:
        if area.missing:
            yield Part(IN_AREA, area.missing, (("area", inside_sentence(area.title)),))
    if anywhere := needed - _missing_in_areas(standing):
        yield Part(IN_ANY_AREA, anywhere)
    for rule in standing.rules:
        if missing := _missing(rule, on):
            yield Part(AMONG_THEM, missing, (("rule", rule.title),))


def _lost_words(of: Lost, write: Writing) -> str:
    return write.say(LOST, points=write.points(of.missing), rule=of.rule.title, day=write.day(of.year.ends_on))


def inside_sentence(title: str) -> str:
    """A title for use inside a sentence: its first letter in lower case, unless it begins with an abbreviation."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _missing_in_areas(standing: Standing) -> Decimal:
    return sum((area.missing for area in standing.areas), ZERO)


def _missing_outside(standing: Standing, rule: RuleStanding) -> Decimal:
    if rule.areas is None:
        return ZERO
    return sum((area.missing for area in standing.areas if area.code not in rule.areas), ZERO)


def _missing(rule: RuleStanding, on: date | None) -> Decimal:
    open_periods = (period for period in rule.periods if on is None or not is_past(rule, period.of, on))
    return sum((period.missing for period in open_periods), ZERO)


def is_past(rule: RuleStanding, year: Window | CreditId, on: date) -> bool:
    """Whether `year` is a year of a yearly rule and ended before `on`."""
    return rule.per == Per.YEAR and isinstance(year, Window) and year.ends_on < on
