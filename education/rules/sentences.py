"""Reasons as sentences that a holder understands: templates with named placeholders, ready for translation."""

from functools import lru_cache

from credentials.enums import Per
from education.rules.compiled import Compiled
from education.rules.values import CreditReason, CreditStanding, Reason
from education.rules.writing import PLAIN_ENGLISH, Writing
from education.rules.writing import gettext_noop as _

COUNTED = _("{points} counted in {area}.")
AREA_FULL = _("{points} not counted: {area} takes at most {maximum}.")
OUTSIDE_BEFORE = _("{points} not counted: completed on {day}, before {starts_on}, the first day that counts.")
OUTSIDE_AFTER = _("{points} not counted: completed on {day}, after {ends_on}, the last day that counts.")
NOT_ACCEPTED = _("{points} not counted: no area accepts its subjects.")
NOT_ACCEPTED_IN = _("{points} not counted: {area} does not accept its subjects.")
NOT_ALLOCATED = _("{points} not allocated yet.")
NOT_NEEDED = _("{points} not needed: every requirement is met without it.")
BELOW_STEP = _("{points} not counted: points count in steps of {step}.")
REFUSED = _("{points} not counted: {why}.")
NO_REASON = _("refused")
RULE_REACHED = {
    Per.CYCLE: _("{points} not counted: {rule} (at most {maximum})."),
    Per.YEAR: _("{points} not counted: {rule} (at most {maximum} in a year)."),
    Per.ITEM: _("{points} not counted: {rule} (at most {maximum} for one activity)."),
}
PLAIN = {
    Reason.COUNTED: COUNTED,
    Reason.NOT_ALLOCATED: NOT_ALLOCATED,
    Reason.NOT_NEEDED: NOT_NEEDED,
    Reason.BELOW_STEP: BELOW_STEP,
    Reason.REFUSED: REFUSED,
}


def sentences(credit: CreditStanding, compiled: Compiled, write: Writing = PLAIN_ENGLISH) -> str:
    """All reasons of a credit, one sentence each."""
    return _joined(credit.reasons, compiled, write)


@lru_cache(maxsize=8192)
def _joined(reasons: tuple[CreditReason, ...], compiled: Compiled, write: Writing) -> str:
    return " ".join([sentence(reason, compiled, write) for reason in reasons])


@lru_cache(maxsize=8192)
def sentence(reason: CreditReason, compiled: Compiled, write: Writing = PLAIN_ENGLISH) -> str:
    """One reason as a sentence, in the language and format of `write`."""
    words = {
        "points": write.points(reason.points),
        "step": write.points(compiled.requirements.step),
        **_limit_words(reason, compiled, write),
        **_day_words(reason, write),
    }
    if reason.reason is Reason.REFUSED:
        words["why"] = write.say(reason.why or NO_REASON).rstrip(".")
    return write.say(_template(reason, compiled), **words)


def _template(reason: CreditReason, compiled: Compiled) -> str:
    if reason.reason is Reason.OVER_LIMIT:
        return AREA_FULL if reason.rule is None else RULE_REACHED[compiled.rules[reason.rule].per]
    if reason.reason is Reason.NOT_ACCEPTED:
        return NOT_ACCEPTED if reason.area is None else NOT_ACCEPTED_IN
    if reason.day is not None and reason.window is not None:
        return OUTSIDE_BEFORE if reason.day < reason.window.starts_on else OUTSIDE_AFTER
    return PLAIN[reason.reason]


def _limit_words(reason: CreditReason, compiled: Compiled, write: Writing) -> dict[str, str]:
    if reason.area is None:
        return {}
    area, rule = compiled.areas[reason.area], compiled.rules.get(reason.rule or "")
    maximum = area.maximum if rule is None else rule.maximum
    titles = {"area": area.title} if rule is None else {"area": area.title, "rule": rule.title}
    return titles if maximum is None else {**titles, "maximum": write.points(maximum)}


def _day_words(reason: CreditReason, write: Writing) -> dict[str, str]:
    if reason.day is None or reason.window is None:
        return {}
    return {
        "day": write.day(reason.day),
        "starts_on": write.day(reason.window.starts_on),
        "ends_on": write.day(reason.window.ends_on),
    }
