"""Finds the best allocation of all credits: optimal, with proof, and independent of the order of entry.

The method: credits that meet the same limits form a group (`problem`). A linear program assigns steps of groups to
areas (`model`, `solver`) and optimizes one objective after the other (`stages`). The amounts are then distributed to
single credits (`draft`), with few of them split between areas (`splits`). If the linear relaxation is not integral, it
is solved again in whole steps; if time runs out, a greedy allocation takes over (`greedy`). What stays short is
explained by proofs (`proof`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from credentials.enums import Per
from credentials.rules import Requirements, Window
from credentials.rules.points import from_hundredths
from education.rules.compiled import Compiled, CreditClass, compiled
from education.rules.counting import Tally, count
from education.rules.shortfall import still_needed
from education.rules.standing import standing_of
from education.rules.suggest.draft import deal
from education.rules.suggest.problem import Problem, problem_of
from education.rules.suggest.proof import left_short, proofs
from education.rules.suggest.splits import unsplit
from education.rules.suggest.stages import SECONDS, Outcome, solve
from education.rules.suggest.values import Spare, Suggestion
from education.rules.values import CreditFacts, CreditId, Fit, Share


def suggest(
    requirements: Requirements | Compiled,
    credits: Iterable[CreditFacts],
    pinned: Iterable[Share],
    window: Window,
    *,
    spares: bool = False,
    on: date | None = None,
    seconds: float = SECONDS,
) -> Suggestion:
    """The best allocation of the credits on top of the pinned shares.

    It minimizes, in this order: the shortfall; what is still to earn; what is missing from each requirement, in file
    order; the points used; and the use of flexible and recent credits.

    `spares` also allocates points that are not needed. Years that ended before `on` can no longer be made up and are
    not part of what is still to earn. `seconds` limits each solver run; when time runs out, the result is the best
    allocation found so far, with `proven` False. A result is called proven only after its shortfall was recounted in
    integers.

    Raises ValueError for two credits with the same id, and UnknownShare for a pinned share of an unknown credit or
    area.
    """
    ready, credits, pinned = compiled(requirements), tuple(credits), tuple(pinned)
    before = count(ready, credits, pinned, window)
    past, problem = _past_lines(before, on), problem_of(before)
    best = solve(problem, seconds=seconds, past=past)
    added = tuple(_shares(problem, best))
    tally = count(ready, credits, (*pinned, *added), window)
    proven = best.is_best and best.short == sum(left_short(problem, tally))
    proof = proofs(problem, tally, seconds) if proven and best.short else ()
    if spares:
        rest = problem_of(tally)
        added += tuple(_shares(rest, solve(rest, seconds=seconds, past=past, spares=True)))
        tally = count(ready, credits, (*pinned, *added), window)
    shares, standing = _merged(tally, (*pinned, *added)), standing_of(tally)
    return Suggestion(
        shares=shares,
        added=_merged(tally, added),
        spare=tuple(_spare(tally)),
        standing=standing,
        needed=still_needed(standing, on),
        proven=proven,
        splits=_splits(shares),
        proof=proof,
    )


def _shares(problem: Problem, outcome: Outcome) -> Iterator[Share]:
    """The solved amounts distributed to credits, with few of them split between areas."""
    step, draft = problem.compiled.step, deal(problem, outcome.amounts)
    unsplit(draft)
    for (_, member), shares in zip(draft.members, draft.shares, strict=True):
        for area, steps in shares.items():
            yield Share(member.credit, problem.lines.codes[area], from_hundredths(steps * step))


def _merged(tally: Tally, shares: Iterable[Share]) -> tuple[Share, ...]:
    """Shares above zero, one per credit and area: areas in file order, within an area by completion date and id."""
    index = tally.compiled.area_index
    sums: dict[tuple[int, int], Share] = {}
    for share in shares:
        key = index[share.area], tally.places[share.credit]
        points = share.points + (sums[key].points if key in sums else 0)
        sums[key] = Share(share.credit, share.area, points)
    return tuple(sums[key] for key in sorted(sums) if sums[key].points)


def _splits(shares: tuple[Share, ...]) -> int:
    return sum(areas > 1 for areas in Counter(share.credit for share in shares).values())


def _past_lines(tally: Tally, on: date | None) -> frozenset[int]:
    """The lines of yearly rules whose year ended before `on`."""
    if on is None:
        return frozenset()
    return frozenset(
        tally.lines.first_of[rule.code] + number
        for rule in tally.compiled.requirements.rules
        if rule.per == Per.YEAR
        for number, year in enumerate(tally.years)
        if year.ends_on < on
    )


def _spare(tally: Tally) -> Iterator[Spare]:
    """Unallocated points of credits that could count, by date and id; the fits of like credits are found once."""
    known: dict[object, tuple[Fit, ...]] = {}
    for place, credit in enumerate(tally.credits):
        if unshared := tally.unshared(place):
            credit_class = tally.classes[place]
            key = place if credit_class.has_items else (credit_class.lines, tally.left(place))
            if (fits := known.get(key)) is None:
                fits = known[key] = tuple(_fits(tally, credit.id, credit_class))
            yield Spare(credit.id, from_hundredths(unshared), fits)


def _fits(tally: Tally, credit: CreditId, credit_class: CreditClass) -> Iterator[Fit]:
    for area, limits in zip(tally.lines.codes, credit_class.limits, strict=True):
        if limits is not None and (fit := tally.headroom(credit, area)).points:
            yield fit
