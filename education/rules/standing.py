"""The standing of a cycle: what is needed, counted and missing, and a reason for every point of every credit."""

from collections.abc import Iterable, Iterator
from itertools import compress, repeat

from credentials.enums import Per
from credentials.rules import Requirements, Rule, Window
from credentials.rules.points import from_hundredths
from education.rules.compiled import Compiled
from education.rules.counting import Tally, because, count
from education.rules.values import (
    AreaStanding,
    CreditFacts,
    CreditReason,
    CreditStanding,
    Measure,
    Period,
    Reason,
    RuleStanding,
    Share,
    Standing,
)
from education.rules.verdict import Verdict, verdict

_new = tuple.__new__


def evaluate(
    requirements: Requirements | Compiled, credits: Iterable[CreditFacts], shares: Iterable[Share], window: Window
) -> Standing:
    """Where a holder stands; the order of entry does not matter, credits come back by day and id.

    ValueError for two credits of one id; UnknownShare for a share of a credit or an area that is not there.
    """
    return standing_of(count(requirements, credits, shares, window))


def standing_of(tally: Tally) -> Standing:
    """The standing of shares already counted."""
    sums = tally.sums
    judged = verdict(tally.lines, sums)
    spare = Reason.NOT_NEEDED if judged.is_complete else Reason.NOT_ALLOCATED
    return Standing(
        window=tally.window,
        total=Measure(
            tally.compiled.requirements.total,
            from_hundredths(judged.counted),
            from_hundredths(judged.missing_of_total),
        ),
        areas=tuple(_areas(tally, sums, judged)),
        rules=tuple(_rule(tally, rule, sums, judged) for rule in tally.compiled.requirements.rules),
        credits=tuple(_credits(tally, spare)),
        shortfall=from_hundredths(judged.shortfall),
    )


def _areas(tally: Tally, sums: list[int], judged: Verdict) -> Iterator[AreaStanding]:
    for area, counted, missing in zip(tally.compiled.requirements.areas, sums, judged.missing, strict=False):
        yield AreaStanding(
            area.code, area.title, area.minimum, from_hundredths(counted), from_hundredths(missing), area.maximum
        )


def _rule(tally: Tally, rule: Rule, sums: list[int], judged: Verdict) -> RuleStanding:
    found = _item_periods(tally, rule) if rule.per == Per.ITEM else _periods(tally, rule, sums, judged)
    return RuleStanding(rule.code, rule.title, rule.per, rule.minimum, rule.maximum, rule.areas, tuple(found))


def _periods(tally: Tally, rule: Rule, sums: list[int], judged: Verdict) -> Iterator[Period]:
    first = tally.lines.first_of[rule.code]
    windows = tally.years if rule.per == Per.YEAR else (tally.window,)
    for line, window in enumerate(windows, first):
        yield Period(window, from_hundredths(sums[line]), from_hundredths(judged.missing[line]))


def _item_periods(tally: Tally, rule: Rule) -> Iterator[Period]:
    counts = tally.of_items[rule.code]
    found, counted = compress(tally.places, counts), map(from_hundredths, filter(None, counts))
    return map(_new, repeat(Period), zip(found, counted, repeat(from_hundredths(0))))


def _credits(tally: Tally, spare: Reason) -> Iterator[CreditStanding]:
    reasons = [
        told if told and not rest else _reasons(tally, place, spare)
        for place, (told, rest) in enumerate(zip(tally.reasons, tally.rest, strict=True))
    ]
    points = map(from_hundredths, [credit.hundredths for credit in tally.credits])
    counted = map(from_hundredths, tally.counted)
    return map(_new, repeat(CreditStanding), zip(tally.places, points, counted, reasons, strict=True))


def _reasons(tally: Tally, place: int, spare: Reason) -> tuple[CreditReason, ...]:
    """What the shares met, then what no share took: whole steps are spare, the rest is below the step."""
    reasons, rest, unshared = tally.reasons[place], tally.rest[place], tally.unshared(place)
    if unshared:
        reasons += (because(spare, unshared),)
    if rest > unshared or not rest:
        reasons += (because(Reason.BELOW_STEP, rest - unshared),)
    return reasons
