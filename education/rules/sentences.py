"""Reasons in sentences a holder understands: plain templates with named places, ready to be translated."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from credentials.enums import Per
from education.rules.compiled import Compiled
from education.rules.values import CreditReason, CreditStanding, Reason

COUNTED = "{points} counted in {area}."
AREA_FULL = "{points} not counted: {area} takes at most {maximum}."
OUTSIDE_BEFORE = "{points} not counted: completed on {day}, before {starts_on}, the first day that counts."
OUTSIDE_AFTER = "{points} not counted: completed on {day}, after {ends_on}, the last day that counts."
NOT_ACCEPTED = "{points} not counted: no area accepts its subjects."
NOT_ACCEPTED_IN = "{points} not counted: {area} does not accept its subjects."
NOT_ALLOCATED = "{points} not allocated yet."
NOT_NEEDED = "{points} not needed: every requirement is met without it."
BELOW_STEP = "{points} not counted: points count in steps of {step}."
REFUSED = "{points} not counted: {why}."
RULE_REACHED = {
    Per.CYCLE: "{points} not counted: {rule} (at most {maximum}).",
    Per.YEAR: "{points} not counted: {rule} (at most {maximum} in a year).",
    Per.ITEM: "{points} not counted: {rule} (at most {maximum} for one activity).",
}
PLAIN = {
    Reason.COUNTED: COUNTED,
    Reason.NOT_ALLOCATED: NOT_ALLOCATED,
    Reason.NOT_NEEDED: NOT_NEEDED,
    Reason.BELOW_STEP: BELOW_STEP,
    Reason.REFUSED: REFUSED,
}

WriteDay = Callable[[date], str]
WritePoints = Callable[[Decimal], str]


def sentences(
    credit: CreditStanding,
    compiled: Compiled,
    write_day: WriteDay = date.isoformat,
    write_points: WritePoints = str,
) -> str:
    """All reasons of a credit, one sentence each."""
    return _joined(credit.reasons, compiled, write_day, write_points)


@lru_cache(maxsize=8192)
def _joined(
    reasons: tuple[CreditReason, ...], compiled: Compiled, write_day: WriteDay, write_points: WritePoints
) -> str:
    return " ".join([sentence(reason, compiled, write_day, write_points) for reason in reasons])


@lru_cache(maxsize=8192)
def sentence(
    reason: CreditReason, compiled: Compiled, write_day: WriteDay = date.isoformat, write_points: WritePoints = str
) -> str:
    """One reason as a sentence; `write_day` and `write_points` write the way the page does, two decimals by default.

    Sentences are kept for each pair of writers: give the same functions again, not new ones each time.
    """
    words = {
        "points": write_points(reason.points),
        "step": write_points(compiled.requirements.step),
        "why": (reason.why or "refused").rstrip("."),
        **_limit_words(reason, compiled, write_points),
        **_day_words(reason, write_day),
    }
    return _template(reason, compiled).format_map(words)


def _template(reason: CreditReason, compiled: Compiled) -> str:
    if reason.reason is Reason.OVER_LIMIT:
        return AREA_FULL if reason.rule is None else RULE_REACHED[compiled.rules[reason.rule].per]
    if reason.reason is Reason.NOT_ACCEPTED:
        return NOT_ACCEPTED if reason.area is None else NOT_ACCEPTED_IN
    if reason.day is not None and reason.window is not None:
        return OUTSIDE_BEFORE if reason.day < reason.window.starts_on else OUTSIDE_AFTER
    return PLAIN[reason.reason]


def _limit_words(reason: CreditReason, compiled: Compiled, write_points: WritePoints) -> dict[str, str]:
    if reason.area is None:
        return {}
    area, rule = compiled.areas[reason.area], compiled.rules.get(reason.rule or "")
    maximum = area.maximum if rule is None else rule.maximum
    titles = {"area": area.title} if rule is None else {"area": area.title, "rule": rule.title}
    return titles if maximum is None else {**titles, "maximum": write_points(maximum)}


def _day_words(reason: CreditReason, write_day: WriteDay) -> dict[str, str]:
    if reason.day is None or reason.window is None:
        return {}
    return {
        "day": write_day(reason.day),
        "starts_on": write_day(reason.window.starts_on),
        "ends_on": write_day(reason.window.ends_on),
    }
