"""Where a credit would count, and why not elsewhere."""

from collections.abc import Iterable

from credentials.rules import Requirements, Window
from education.rules.compiled import Compiled
from education.rules.counting import count
from education.rules.values import CreditFacts, Fit, Share


def fits(
    requirements: Requirements | Compiled,
    credit: CreditFacts,
    window: Window,
    *,
    credits: Iterable[CreditFacts] = (),
    shares: Iterable[Share] = (),
) -> tuple[Fit, ...]:
    """For every area, in file order: how many more points of the credit would count there, on top of these shares."""
    others = [other for other in credits if other.id != credit.id]
    return count(requirements, [*others, credit], shares, window).fits(credit.id)


def headroom(
    requirements: Requirements | Compiled,
    credit: CreditFacts,
    area: str,
    window: Window,
    *,
    credits: Iterable[CreditFacts] = (),
    shares: Iterable[Share] = (),
) -> Fit:
    """How many more points of the credit would count in one area. Raises KeyError for an unknown area."""
    others = [other for other in credits if other.id != credit.id]
    return count(requirements, [*others, credit], shares, window).headroom(credit.id, area)
