"""What is missing, computed from sums alone: the arithmetic shared by evaluation, lists and batch jobs."""

from collections.abc import Sequence
from operator import gt
from typing import NamedTuple

from education.rules.compiled import Lines


class Verdict(NamedTuple):
    """Points counted and missing, in hundredths: of the total, of each line, and the shortfall summed over all of them.

    `is_exact` is False if a sum exceeds a maximum: what counts then depends on the individual credits, so evaluate
    them.
    """

    counted: int
    missing_of_total: int
    missing: tuple[int, ...]
    shortfall: int
    is_exact: bool

    @property
    def is_complete(self) -> bool:
        return not self.shortfall


def verdict(lines: Lines, sums: Sequence[int]) -> Verdict:
    """Compares sums of allocated points with the requirements.

    `sums` are in hundredths and in the order of `lines.lines`: areas, then rules by period.
    """
    counted = sum(sums[: len(lines.requirements.areas)])
    missing_of_total = max(0, lines.total - counted)
    missing = tuple([needed - has if has < needed else 0 for needed, has in zip(lines.minima, sums, strict=True)])
    is_exact = not any(map(gt, sums, lines.maxima))
    return Verdict(counted, missing_of_total, missing, missing_of_total + sum(missing), is_exact)
