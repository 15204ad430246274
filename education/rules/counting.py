"""Counts shares in a fixed order, each up to the least room in any maximum, and says why the rest does not count."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter

from credentials.rules import Requirements, Window
from credentials.rules.points import from_hundredths, hundredths
from education.rules.compiled import Compiled, Item, Line, Lines, Sort, compiled
from education.rules.values import CreditFacts, CreditId, CreditReason, Fit, Reason, Share

_id, _completed_on = attrgetter("id"), attrgetter("completed_on")


class UnknownShare(ValueError):
    """A share names a credit or an area that is not there."""


@dataclass(slots=True)
class Account:
    """One credit while it is being counted; hundredths. `excluded` says why none of it can count."""

    credit: CreditFacts
    points: int
    left: int
    sort: Sort
    excluded: CreditReason | None
    shared: int = 0
    counted: int = 0
    reasons: tuple[CreditReason, ...] = ()


@lru_cache(maxsize=8192)
def because(reason: Reason, points: int, area: str | None = None, rule: str | None = None) -> CreditReason:
    """A reason for hundredths of points; credits that fare alike share it."""
    return CreditReason(reason, from_hundredths(points), area, rule)


@lru_cache(maxsize=8192)
def counted(points: int, area: str) -> tuple[CreditReason]:
    """The reason for hundredths of points that count, by far the most frequent one: all a credit needs as a rule."""
    return (because(Reason.COUNTED, points, area),)


@dataclass(slots=True)
class Tally:
    """Shares counted against requirements: the sums, the room left under each maximum, and each credit's account."""

    compiled: Compiled
    window: Window
    years: tuple[Window, ...]
    lines: Lines
    accounts: dict[CreditId, Account]
    rooms: list[int]
    item_rooms: dict[str, dict[CreditId, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.item_rooms = {rule: {} for rule in self.lines.items}

    @property
    def sums(self) -> list[int]:
        """What counts, in the order of the lines."""
        return [most - room for most, room in zip(self.lines.maxima, self.rooms, strict=True)]

    def add(self, account: Account, area: int, points: int) -> None:
        """Counts a share as far as the credit's points and every maximum allow."""
        account.shared += points
        taken = points - points % self.compiled.step
        if taken > account.left:
            taken = account.left
        if not taken:
            return
        account.left -= taken
        code, sort, rooms = self.lines.codes[area], account.sort, self.rooms
        if (lines := sort.lines[area]) is None:
            account.reasons += (because(Reason.NOT_ACCEPTED, taken, code),)
            return
        room, limit = self.room(account, area, taken) if sort.capped[area] or sort.items[area] else (taken, None)
        if room:
            account.counted += room
            account.reasons += counted(room, code)
            for line in lines:
                rooms[line] -= room
            for rule, most in sort.items[area]:
                of, credit = self.item_rooms[rule], account.credit.id
                of[credit] = of.get(credit, most) - room
        if limit is not None:
            account.reasons += (because(Reason.OVER_LIMIT, taken - room, code, limit.rule),)

    def room(self, account: Account, area: int, wanted: int) -> tuple[int, Line | Item | None]:
        """How much of `wanted` still counts in an accepting area, and what binds when it is not all."""
        rooms, sort = self.rooms, account.sort
        limit: Line | Item | None = None
        for line in sort.capped[area]:
            if rooms[line] < wanted:
                wanted, limit = rooms[line], self.lines.lines[line]
        for item in sort.items[area]:
            rule, most = item
            if (room := self.item_rooms[rule].get(account.credit.id, most)) < wanted:
                wanted, limit = room, item
        return wanted, limit

    def item_room(self, item: Item, account: Account) -> int:
        """How much more of one credit counts under a rule per item."""
        return self.item_rooms[item.rule].get(account.credit.id, item.most)

    def headroom(self, credit: CreditId, area: str) -> Fit:
        """How many more points of a credit would count in an area beside all that is allocated."""
        account, index = self.accounts[credit], self.compiled.area_index[area]
        if account.excluded is not None:
            return Fit(area, from_hundredths(0), account.excluded)
        if account.sort.lines[index] is None:
            return Fit(area, from_hundredths(0), because(Reason.NOT_ACCEPTED, account.points, area))
        if account.points < self.compiled.step:
            return Fit(area, from_hundredths(0), because(Reason.BELOW_STEP, account.points))
        room, limit = self.room(account, index, account.left)
        over = None if limit is None else because(Reason.OVER_LIMIT, account.left - room, area, limit.rule)
        return Fit(area, from_hundredths(room), over)

    def fits(self, credit: CreditId) -> tuple[Fit, ...]:
        """The headroom of a credit in every area, in file order."""
        return tuple(self.headroom(credit, area) for area in self.compiled.area_index)


def count(
    requirements: Requirements | Compiled, credits: Iterable[CreditFacts], shares: Iterable[Share], window: Window
) -> Tally:
    """Counts all shares: areas with a minimum first, in file order, then the others; inside an area the oldest first.

    ValueError for two credits of one id; UnknownShare for a share of a credit or an area that is not there.
    """
    ready = compiled(requirements)
    years = ready.years(window)
    lines = ready.lines(len(years))
    accounts = _accounts(credits, ready.step, lines, window, years)
    tally = Tally(ready, window, years, lines, accounts, list(lines.maxima))
    for account, area, points in _in_order(tally, shares):
        if account.excluded is None:
            tally.add(account, area, points)
    return tally


def _accounts(
    credits: Iterable[CreditFacts], step: int, lines: Lines, window: Window, years: tuple[Window, ...]
) -> dict[CreditId, Account]:
    """An account for every credit, by day and id."""
    ordered = sorted(sorted(credits, key=_id), key=_completed_on)
    sorts, starts_on, ends_on = lines.sorts, window.starts_on, window.ends_on
    past_ends = [year.ends_on for year in years[:-1]]
    accounts = {}
    for credit in ordered:
        day = credit.completed_on
        period = bisect_left(past_ends, day) if past_ends else 0
        key = (credit.kind, credit.subjects, credit.provider, period)
        sort = sorts.get(key) or lines.sort(*key)
        points = hundredths(credit.points)
        can_count = credit.refused is None and starts_on <= day <= ends_on and sort.is_accepted
        excluded = None if can_count else _exclusion(credit, window)
        accounts[credit.id] = Account(credit, points, points - points % step, sort, excluded)
    if len(accounts) != len(ordered):
        raise ValueError("two credits have the same id")
    return accounts


def _exclusion(credit: CreditFacts, window: Window) -> CreditReason:
    """Why none of the credit can count, wherever it is allocated: a decision, then the days, then the subjects."""
    points = from_hundredths(hundredths(credit.points))
    if credit.refused is not None:
        return CreditReason(Reason.REFUSED, points, why=credit.refused)
    if credit.completed_on not in window:
        return CreditReason(Reason.OUTSIDE_WINDOW, points, day=credit.completed_on, window=window)
    return CreditReason(Reason.NOT_ACCEPTED, points)


def _in_order(tally: Tally, shares: Iterable[Share]) -> Iterator[tuple[Account, int, int]]:
    """Shares of one credit in one area added up, in the order in which they are counted: by area, then by place."""
    ordered, order = list(tally.accounts.values()), tally.compiled.order
    merged, among = _merged(tally, shares), len(ordered)
    for turn in sorted(merged):
        yield ordered[turn % among], order[turn // among], merged[turn]


def _merged(tally: Tally, shares: Iterable[Share]) -> dict[int, int]:
    """Hundredths by turn: one number for the area's rank and the credit's place, which sorts faster than a pair."""
    places = dict(zip(tally.accounts, range(len(tally.accounts)), strict=True))
    firsts = {area: rank * len(places) for area, rank in tally.compiled.ranks.items()}
    merged: dict[int, int] = {}
    try:
        for share in shares:
            turn = firsts[share.area] + places[share.credit]
            merged[turn] = merged.get(turn, 0) + hundredths(share.points)
    except KeyError as missing:
        raise UnknownShare(f"a share of {share.credit} in {share.area}: there is no {missing}") from missing
    return merged
