"""Reduces split credits: a bounded search in a fixed order that leaves every sum as good as it is."""

from collections.abc import Iterator
from itertools import islice

from education.rules.suggest.draft import Draft, Move

MOST_TRIES = 400


def split_places(draft: Draft) -> list[int]:
    """The places of credits that serve more than one area."""
    return [place for place, shares in enumerate(draft.shares) if len(shares) > 1]


def unsplit(draft: Draft) -> None:
    """Joins split credits until none can be joined; it ends, because each join takes a credit out of an area."""
    while any([_join(draft, place) for place in split_places(draft)]):
        pass


def _join(draft: Draft, place: int) -> bool:
    """Takes a split credit out of one of its areas, trying the smallest share first; returns whether it could."""
    return any(draft.try_moves(moves) for moves in islice(_ways(draft, place), MOST_TRIES))


def _ways(draft: Draft, place: int) -> Iterator[tuple[Move, ...]]:
    """Moves that join a credit: into another of its areas, alone or by a swap, or with a spare credit in its place."""
    shares = sorted(draft.shares[place].items(), key=lambda share: (share[1], share[0]))
    for area, steps in shares:
        for other, _ in reversed(shares):
            if other != area:
                yield Move(place, area, -steps), Move(place, other, steps)
    for area, steps in shares:
        leave = Move(place, area, -steps)
        for spare in _alike_once(draft, place):
            yield from _replaced(draft, spare, leave)
            for other, _ in reversed(shares):
                if other != area:
                    yield from _exchanged(draft, spare, leave, other)


def _replaced(draft: Draft, spare: int, leave: Move) -> Iterator[tuple[Move, ...]]:
    """Another credit, unused or only in that area, takes over from its unallocated steps."""
    if draft.shares[spare].keys() <= {leave.area} and draft.left(spare) >= -leave.steps:
        yield leave, Move(spare, leave.area, -leave.steps)


def _exchanged(draft: Draft, other: int, leave: Move, area: int) -> Iterator[tuple[Move, ...]]:
    """A swap: the share moves to `area`, and another credit moves from there as a whole to the area that is left."""
    if draft.shares[other].keys() == {area}:
        steps = draft.shares[other][area]
        into = Move(leave.place, area, -leave.steps)
        yield leave, into, Move(other, area, -steps), Move(other, leave.area, steps)


def _alike_once(draft: Draft, place: int) -> Iterator[int]:
    """All other credits, but only the first of those that are interchangeable."""
    seen = set()
    for other, (group, member) in enumerate(draft.members):
        key = (id(group), member.usable, *sorted(draft.shares[other].items()))
        if other != place and key not in seen:
            seen.add(key)
            yield other
