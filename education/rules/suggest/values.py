"""The result of a suggestion: the shares, what is left over, and how good it is."""

from decimal import Decimal
from typing import NamedTuple

from education.rules.suggest.proof import Proof
from education.rules.values import CreditId, Fit, Share, Standing


class Spare(NamedTuple):
    """Points of a credit that gain nothing now, and the areas in which they would still count."""

    credit: CreditId
    points: Decimal
    fits: tuple[Fit, ...]


class Suggestion(NamedTuple):
    """The best use of all credits.

    `shares` is the whole allocation, pinned shares included, one per credit and area; `added` are the new ones.
    `needed` is the least still to earn, the figure to show. `proven`: no allocation has a smaller shortfall or, with
    the same shortfall, less to earn. `splits` is the number of credits that serve more than one area.
    """

    shares: tuple[Share, ...]
    added: tuple[Share, ...]
    spare: tuple[Spare, ...]
    standing: Standing
    needed: Decimal
    proven: bool
    splits: int
    proof: tuple[Proof, ...]

    @property
    def shortfall(self) -> Decimal:
        """What is missing, added up over all requirements; the same missing point may be part of several."""
        return self.standing.shortfall

    @property
    def is_complete(self) -> bool:
        """Whether every requirement is met."""
        return self.standing.is_complete
