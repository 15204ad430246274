"""Which credits are critical: refusing any single one would make a complete standing incomplete."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from time import monotonic

from credentials.rules import Requirements, Window
from education.rules.compiled import Compiled, compiled
from education.rules.counting import count
from education.rules.suggest.draft import TOTAL, Draft, deal
from education.rules.suggest.problem import Group, Member, Problem, problem_of
from education.rules.suggest.stages import SECONDS, solve
from education.rules.values import CreditFacts, CreditId


def critical_credits(
    requirements: Requirements | Compiled,
    credits: Iterable[CreditFacts],
    window: Window,
    *,
    seconds: float = SECONDS,
) -> tuple[CreditId, ...]:
    """The credits proven critical within `seconds`, by completion date and id.

    A credit is critical if the standing can be complete with it, but not without it; the result is empty if no
    allocation of all credits is complete.
    """
    until = monotonic() + seconds
    tally = count(compiled(requirements), credits, (), window)
    problem = problem_of(tally)
    draft = deal(problem, solve(problem, seconds=seconds).amounts)
    if not _is_complete(problem, draft):
        return ()
    found = {member.credit for member in _critical(problem, draft, until)}
    return tuple(credit for credit in tally.places if credit in found)


def _is_complete(problem: Problem, draft: Draft) -> bool:
    return all(
        draft.least[TOTAL if target.line is None else target.line] == target.lacks and not target.unreachable
        for target in problem.targets
    )


def _critical(problem: Problem, draft: Draft, until: float) -> Iterator[Member]:
    """Solves again without each used credit that its group can't replace; once for interchangeable credits."""
    known: dict[tuple[int, int], bool] = {}
    for place, (group, member) in enumerate(draft.members):
        if draft.left(place) == member.usable or _left(draft, group) >= member.usable:
            continue
        key = (id(group), member.usable)
        if key not in known:
            known[key] = _is_incomplete(_without(problem, group, member), seconds=until - monotonic())
        if known[key]:
            yield member


def _is_incomplete(problem: Problem, *, seconds: float) -> bool:
    """Whether it is proven that no allocation is complete; what is not proven in time is not claimed."""
    if seconds <= 0:
        return False
    outcome = solve(problem, seconds=seconds)
    return outcome.is_best and not _is_complete(problem, deal(problem, outcome.amounts))


def _left(draft: Draft, group: Group) -> int:
    """The unallocated steps of a group."""
    return sum(draft.left(place) for place, (of, _) in enumerate(draft.members) if of is group)


def _without(problem: Problem, group: Group, member: Member) -> Problem:
    members = [each for each in group.members if each is not member]
    smaller = Group(group.lines, group.items, members)
    return replace(problem, groups=tuple(smaller if each is group else each for each in problem.groups))
