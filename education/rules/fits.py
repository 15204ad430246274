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
    """For every area, in file order, the points of the credit that would still count there beside these shares."""
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
    """The points of the credit that would still count in this area; KeyError for an area that is not there."""
    others = [other for other in credits if other.id != credit.id]
    return count(requirements, [*others, credit], shares, window).headroom(credit.id, area)
