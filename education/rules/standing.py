"""The standing of a cycle: what is needed, counted and missing, and a reason for every point of every credit."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import repeat

from credentials.enums import Per
from credentials.rules import Requirements, Rule, Window
from credentials.rules.points import from_hundredths, round_down
from education.rules.compiled import Compiled
from education.rules.counting import Account, Tally, because, count
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

_credit_standing, _period = partial(tuple.__new__, CreditStanding), partial(tuple.__new__, Period)


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
    limit, rooms = tally.lines.items[rule.code].most, tally.item_rooms[rule.code]
    found = list(filter(rooms.__contains__, tally.accounts))
    counted = map(from_hundredths, [limit - rooms[credit] for credit in found])
    return map(_period, zip(found, counted, repeat(from_hundredths(0))))


def _credits(tally: Tally, spare: Reason) -> Iterator[CreditStanding]:
    accounts, step = tally.accounts.values(), tally.compiled.step
    points = map(from_hundredths, [account.points for account in accounts])
    counted = map(from_hundredths, [account.counted for account in accounts])
    reasons = [
        account.reasons if account.counted == account.points > 0 else _reasons(account, step, spare)
        for account in accounts
    ]
    return map(_credit_standing, zip(tally.accounts, points, counted, reasons, strict=True))


def _reasons(account: Account, step: int, spare: Reason) -> tuple[CreditReason, ...]:
    """What the shares met, then what no share took: whole steps are spare, the rest is below the step."""
    if account.excluded is not None:
        return (account.excluded,)
    rest = account.points % step + account.left
    unshared = round_down(max(0, account.points - account.shared), step)
    reasons = account.reasons
    if unshared:
        reasons += (because(spare, unshared),)
    if rest > unshared or not account.points:
        reasons += (because(Reason.BELOW_STEP, rest - unshared),)
    return reasons
