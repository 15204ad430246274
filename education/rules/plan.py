"""What is still to earn and by when, and what planned, dropped or refused credits would change."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from credentials.rules import Requirements, Window
from education.rules.compiled import Compiled, compiled
from education.rules.shortfall import amount_words, is_past
from education.rules.suggest import Suggestion, suggest
from education.rules.values import CreditFacts, CreditId, Share, Standing
from education.rules.writing import PLAIN_ENGLISH, Writing
from education.rules.writing import gettext_noop as _

REFUSED = _("refused in this plan")
SAME = _("It changes nothing: you {state}.")
EVEN = _("Overall, it changes nothing: you {state}.")
CHANGED = _("With this plan you {after}; right now you {before}.")
NEED = _("still need {points} by {day}")
NEED_SOME_DAY = _("still need {points}")
COMPLETE = _("have all you need")
LOST = _("can no longer make up the points missing from a past year")


class ToEarn(NamedTuple):
    """Points to earn by a day: in an area, for a rule, or anywhere if neither is named.

    Points for a rule are included in the others, not added to them.
    """

    points: Decimal
    by: date
    area: str | None = None
    rule: str | None = None


class Change(NamedTuple):
    """What an area lacks before and after; `area` is None for the total."""

    area: str | None
    before: Decimal
    after: Decimal


class Plan(NamedTuple):
    """The best use of the existing credits (`before`) and of the credits as planned (`after`)."""

    before: Suggestion
    after: Suggestion
    to_earn: tuple[ToEarn, ...]
    changes: tuple[Change, ...]


def plan(
    requirements: Requirements | Compiled,
    credits: Iterable[CreditFacts],
    pinned: Iterable[Share],
    window: Window,
    *,
    on: date,
    planned: Iterable[CreditFacts] = (),
    dropped: Collection[CreditId] = (),
    refused: Collection[CreditId] = (),
) -> Plan:
    """What is still to earn from `on`, with planned credits added, dropped ones removed, and some treated as refused.

    Shares of a dropped credit are removed with it; shares of a refused one stay but do not count. Years that ended
    before `on` can no longer be made up and are not part of what is to earn.
    """
    ready, credits, pinned = compiled(requirements), tuple(credits), tuple(pinned)
    left = [credit for credit in credits if credit.id not in dropped]
    judged = [replace(credit, refused=REFUSED) if credit.id in refused else credit for credit in left]
    kept = [share for share in pinned if share.credit not in dropped]
    before = suggest(ready, credits, pinned, window, on=on)
    after = suggest(ready, [*judged, *planned], kept, window, on=on)
    return Plan(before, after, tuple(_to_earn(after, on)), tuple(_changes(before.standing, after.standing)))


def _to_earn(suggestion: Suggestion, on: date) -> Iterator[ToEarn]:
    """Areas in file order, then what may be earned anywhere, then rules by period, each due when the period ends."""
    standing = suggestion.standing
    ends_on = standing.window.ends_on
    for area in standing.areas:
        if area.missing:
            yield ToEarn(area.missing, ends_on, area=area.code)
    if anywhere := suggestion.needed - sum(area.missing for area in standing.areas):
        yield ToEarn(anywhere, ends_on)
    for rule in standing.rules:
        for period in rule.periods:
            if period.missing and isinstance(period.of, Window) and not is_past(rule, period.of, on):
                yield ToEarn(period.missing, period.of.ends_on, rule=rule.code)


def _changes(before: Standing, after: Standing) -> Iterator[Change]:
    """The areas, and finally the total, that lack more or less than before."""
    for old, new in zip(before.areas, after.areas, strict=True):
        if old.missing != new.missing:
            yield Change(old.code, old.missing, new.missing)
    if before.total.missing != after.total.missing:
        yield Change(None, before.total.missing, after.total.missing)


def plan_words(plan: Plan, write: Writing = PLAIN_ENGLISH, *, dated: bool = True) -> str:
    """The effect of the plan in one sentence, in the language and format of `write`; `dated` adds the last day."""
    before, after = (_state(each, write, dated=dated) for each in (plan.before, plan.after))
    if before != after:
        return write.say(CHANGED, before=before, after=after)
    return write.say(EVEN if plan.changes else SAME, state=after)


def _state(suggestion: Suggestion, write: Writing, *, dated: bool) -> str:
    if suggestion.is_complete:
        return write.say(COMPLETE)
    if not suggestion.needed:
        return write.say(LOST)
    points = amount_words(suggestion.needed, write)
    if not dated:
        return write.say(NEED_SOME_DAY, points=points)
    return write.say(NEED, points=points, day=write.day(suggestion.standing.window.ends_on))
