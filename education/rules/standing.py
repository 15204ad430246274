"""The standing of a cycle: what is needed, counted and missing, and a reason for every point of every credit."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, repeat

from credentials.enums import Per
from credentials.rules import Requirements, Rule, Window
from credentials.rules.points import from_hundredths
from education.rules.compiled import Compiled, Lines
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
    """Where a holder stands. The order of the input does not matter; credits are returned by completion date and id.

    Raises ValueError for two credits with the same id, and UnknownShare for a share of an unknown credit or area.
    """
    return standing_of(count(requirements, credits, shares, window))


def standing_of(tally: Tally) -> Standing:
    """The standing that follows from a tally."""
    brief = standing_of_sums(tally.compiled, tally.window, tally.sums)
    spare = Reason.NOT_NEEDED if brief.is_complete else Reason.NOT_ALLOCATED
    items = [
        one._replace(periods=tuple(_items(tally, one.code))) if one.per == Per.ITEM else one for one in brief.rules
    ]
    return brief._replace(rules=tuple(items), credits=tuple(_credits(tally, spare)))


def standing_of_sums(ready: Compiled, window: Window, sums: Sequence[int]) -> Standing:
    """A standing without single credits, from the hundredths that count, in the order of the lines."""
    years = ready.years(window)
    lines = ready.lines(len(years))
    judged = verdict(lines, sums)
    of_rules = ready.requirements.rules
    return Standing(
        window=window,
        total=Measure(
            ready.requirements.total, from_hundredths(judged.counted), from_hundredths(judged.missing_of_total)
        ),
        areas=tuple(_areas(ready.requirements, sums, judged)),
        rules=tuple(_rule(rule, tuple(_periods(lines, rule, window, years, sums, judged))) for rule in of_rules),
        credits=(),
        shortfall=from_hundredths(judged.shortfall),
    )


def _areas(requirements: Requirements, sums: Sequence[int], judged: Verdict) -> Iterator[AreaStanding]:
    for area, counted, missing in zip(requirements.areas, sums, judged.missing, strict=False):
        yield AreaStanding(
            area.code, area.title, area.minimum, from_hundredths(counted), from_hundredths(missing), area.maximum
        )


def _rule(rule: Rule, periods: tuple[Period, ...]) -> RuleStanding:
    return RuleStanding(rule.code, rule.title, rule.per, rule.minimum, rule.maximum, rule.areas, periods)


def _periods(
    lines: Lines, rule: Rule, window: Window, years: tuple[Window, ...], sums: Sequence[int], judged: Verdict
) -> Iterator[Period]:
    """A rule's periods, from sums. A rule per item has none here: its periods are single credits."""
    first = lines.first_of[rule.code]
    windows = () if rule.per == Per.ITEM else years if rule.per == Per.YEAR else (window,)
    for line, of in enumerate(windows, first):
        yield Period(of, from_hundredths(sums[line]), from_hundredths(judged.missing[line]))


def _items(tally: Tally, rule: str) -> Iterator[Period]:
    counts = tally.of_items[rule]
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
    """The reasons from the shares, then for unallocated points: `spare` for whole steps, BELOW_STEP for the rest."""
    reasons, rest, unshared = tally.reasons[place], tally.rest[place], tally.unshared(place)
    if unshared:
        reasons += (because(spare, unshared),)
    if rest > unshared or not rest:
        reasons += (because(Reason.BELOW_STEP, rest - unshared),)
    return reasons
