"""What each suggested share is for: the first requirement it helps to meet, and what was missing there before it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from credentials.rules.points import from_hundredths, hundredths
from education.rules.counting import Tally
from education.rules.values import Share
from education.rules.verdict import verdict


class Purpose(NamedTuple):
    """An area, a rule or (neither) the total, and the points it still lacked; if none, the share is spare."""

    area: str | None
    rule: str | None
    missing: Decimal


def purposes(before: Tally, added: Iterable[Share]) -> tuple[Purpose, ...]:
    """One purpose per share, in the order in which the shares are added to what is already counted."""
    return tuple(_purposes(before, added))


def _purposes(before: Tally, added: Iterable[Share]) -> Iterator[Purpose]:
    judged = verdict(before.lines, before.sums)
    missing, total = list(judged.missing), judged.missing_of_total
    for share in added:
        limits = before.classes[before.places[share.credit]].limits[before.compiled.area_index[share.area]]
        lines = limits.lines if limits else ()
        short = next((line for line in lines if missing[line]), None)
        if short is None:
            yield Purpose(None, None, from_hundredths(total))
        else:
            line = before.lines.lines[short]
            yield Purpose(line.area, line.rule, from_hundredths(missing[short]))
        points = hundredths(share.points)
        total = max(0, total - points)
        for index in lines:
            missing[index] = max(0, missing[index] - points)
