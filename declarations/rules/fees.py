"""Fee rules: a schedule of dated rates, the quote for a declaration, and the state machines of fees and refunds."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from declarations.enums import FeeKind, FeeMove, FeeState, RefundState, State

# Money received is never refused: a fee dropped with its declaration still becomes paid, and the holder is notified.
FEE_MOVES: dict[FeeMove, tuple[frozenset[FeeState], FeeState]] = {
    FeeMove.PAY: (frozenset({FeeState.DUE, FeeState.DROPPED}), FeeState.PAID),
    FeeMove.DROP: (frozenset({FeeState.DUE}), FeeState.DROPPED),
    FeeMove.REFUND: (frozenset({FeeState.PAID}), FeeState.REFUNDED),
    FeeMove.COME_BACK: (frozenset({FeeState.REFUNDED}), FeeState.PAID),
}
# Forward only: a late or out-of-order message of the payment service never undoes a newer state.
REFUND_MOVES: dict[RefundState, frozenset[RefundState]] = {
    RefundState.PROMISED: frozenset({RefundState.DONE, RefundState.REFUSED}),
    RefundState.DONE: frozenset({RefundState.REFUSED}),
    RefundState.REFUSED: frozenset(),
}
# States in which the holder of a paid fee has no declaration before the Board.
WITHOUT_DECLARATION = frozenset({State.DRAFT, State.RETURNED, State.WITHDRAWN})
# The most months between the ends of two qualifications. Not verified: the Board's page was not available.
NEAR_MONTHS = 3
EVERY_FAMILY = ""


def fee_transitions() -> list[tuple[str, str]]:
    """All pairs (from, to) that some move of a fee allows."""
    return sorted({(str(before), str(after)) for befores, after in FEE_MOVES.values() for before in befores})


def refund_transitions() -> list[tuple[str, str]]:
    """All pairs (from, to) that a refund allows."""
    return sorted((str(before), str(after)) for before, afters in REFUND_MOVES.items() for after in afters)


@dataclass(frozen=True)
class Rate:
    """A rate of the fee schedule; an `amount` of None means the Board has not published one.

    `reduced` is what the second of two qualifications pays; None means the same as the first.
    """

    kind: FeeKind
    family: str
    applies_from: date
    amount: Decimal | None
    reduced: Decimal | None = None


@dataclass(frozen=True)
class Companion:
    """Another declaration of the same holder, received on the same day in the Board's time zone."""

    credential: str
    ends_on: date
    is_reduced: bool


@dataclass(frozen=True)
class Occasion:
    """What is declared and when; `on` is the day of receipt in the Board's time zone."""

    family: str
    on: date
    ends_on: date
    is_reinstatement: bool
    companions: tuple[Companion, ...] = ()


@dataclass(frozen=True)
class FeeLine:
    """A line item of a quote; `with_` is the declaration that earns it the reduced rate."""

    kind: FeeKind
    amount: Decimal
    rate: Rate
    with_: Companion | None = None


@dataclass(frozen=True)
class Quote:
    """The cost of a declaration."""

    lines: tuple[FeeLine, ...]

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))


def quote(rates: Iterable[Rate], occasion: Occasion) -> Quote:
    """Quote the fee for an occasion: the application fee, plus a reinstatement fee where one applies.

    Source: ascp.org, QIHC page (reinstatement on top of the application). Unpublished rates are not charged.
    """
    rates = tuple(rates)
    kinds = [FeeKind.APPLICATION, *([FeeKind.REINSTATEMENT] if occasion.is_reinstatement else [])]
    found = (rate_of(rates, kind, occasion) for kind in kinds)
    return Quote(tuple(line for rate in found if rate for line in _lines(rate, occasion)))


def rate_of(rates: Iterable[Rate], kind: FeeKind, occasion: Occasion) -> Rate | None:
    """The rate in force on the day: a rate for the family takes precedence over a general one, then the newest."""
    fitting = (
        rate
        for rate in rates
        if rate.kind == kind and rate.family in (occasion.family, EVERY_FAMILY) and rate.applies_from <= occasion.on
    )
    return max(fitting, key=lambda rate: (rate.family != EVERY_FAMILY, rate.applies_from), default=None)


def _lines(rate: Rate, occasion: Occasion) -> Iterator[FeeLine]:
    if rate.amount is None:
        return
    first = first_of_two(occasion)
    if first is None or rate.reduced is None:
        yield FeeLine(rate.kind, rate.amount, rate)
    else:
        yield FeeLine(rate.kind, rate.reduced, rate, first)


def first_of_two(occasion: Occasion) -> Companion | None:
    """The qualification to which this one is the second: received on the same day, ending within three months of it.

    At most one declaration per day is the second: None once another declaration of that day got the reduced rate.
    """
    if any(one.is_reduced for one in occasion.companions):
        return None
    near = [one for one in occasion.companions if _are_near(one.ends_on, occasion.ends_on)]
    return min(near, key=lambda one: (one.ends_on, one.credential), default=None)


def _are_near(one: date, other: date) -> bool:
    first, last = sorted((one, other))
    return last <= months_later(first, NEAR_MONTHS)


def months_later(day: date, months: int) -> date:
    """The same day of a later month; the end of a month maps to the end of a month, since cycles end by month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    last = monthrange(year, month)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month, last if is_last else min(day.day, last))
