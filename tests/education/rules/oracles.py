"""Slower, simpler oracles for the engine: exhaustive search over all allocations, and maximum flow."""

from collections import deque
from decimal import Decimal
from itertools import product
from typing import NamedTuple

from credentials.enums import Per
from credentials.rules import periods


class Best(NamedTuple):
    """Minimal shortfall, then minimal points still to earn, then the shortfalls in file order."""

    shortfall: Decimal
    needed: Decimal
    short: tuple[Decimal, ...]


def search(requirements, credits, window, pinned=None):
    """The best of all allocations in whole steps that include the pinned shares; exhaustive, for small cases only."""
    return min(_judged(requirements, sums) for sums in _reachable(requirements, credits, window, pinned or {}))


def least_short(requirements, credits, window, demands):
    """The minimal combined shortfall of a proof's demands."""
    wanted = {(demand.area, demand.rule, demand.year and demand.year.starts_on) for demand in demands}
    names = _names(requirements, window)
    return min(
        sum(short for name, short in zip(names, _shortages(requirements, sums), strict=True) if name in wanted)
        for sums in _reachable(requirements, credits, window, {})
    )


def short_of(standing):
    """Shortfall of each area and each period of a rule, in file order."""
    periods = [period.missing for rule in standing.rules for period in rule.periods if rule.per != Per.ITEM]
    return tuple([area.missing for area in standing.areas] + periods)


def _reachable(requirements, credits, window, pinned):
    """All sums that some allocation reaches, adding one credit after the other; no maximum is exceeded."""
    years = periods(window)
    reached = {(Decimal(0),) * len(_limits(requirements))}
    for credit in credits:
        if credit.refused is None and credit.completed_on in window:
            deals = [
                parts
                for parts in _deals(requirements, credit)
                if all(parts[area] >= points for (id, area), points in pinned.items() if id == credit.id)
            ]
            added = {_added(requirements, credit, years, parts) for parts in deals}
            sums = {tuple(map(sum, zip(has, more, strict=True))) for has in reached for more in added}
            reached = {each for each in sums if _allowed(requirements, each)}
    return reached


def _names(requirements, window):
    """Keys of the sums: area, rule, and first day of the year; the total last."""
    names = [(area.code, None, None) for area in requirements.areas]
    for rule in requirements.rules:
        if rule.per == Per.YEAR:
            names += [(None, rule.code, year.starts_on) for year in periods(window)]
        elif rule.per == Per.CYCLE:
            names.append((None, rule.code, None))
    return [*names, (None, None, None)]


def _sums(rule):
    return {Per.CYCLE: 1, Per.YEAR: 3, Per.ITEM: 0}[rule.per]


def _deals(requirements, credit):
    """Every way to split a credit in whole steps within the limits per item."""
    step, areas = requirements.step, requirements.areas
    whole = int(credit.points / step)
    options = [range(whole + 1) if area.accepts_subjects(credit.subjects) else (0,) for area in areas]
    for dealt in product(*options):
        parts = {area.code: steps * step for area, steps in zip(areas, dealt, strict=True)}
        if sum(dealt) <= whole and all(_holds_item(rule, credit, parts) for rule in requirements.rules):
            yield parts


def _matches(rule, credit):
    return rule.matches(credit.kind, credit.subjects, credit.provider)


def _holds_item(rule, credit, parts):
    if rule.per != Per.ITEM or rule.maximum is None or not _matches(rule, credit):
        return True
    return sum(points for code, points in parts.items() if rule.covers(code)) <= rule.maximum


def _added(requirements, credit, years, parts):
    sums = list(parts.values())
    for rule in requirements.rules:
        points = sum(points for code, points in parts.items() if rule.covers(code)) if _matches(rule, credit) else 0
        if rule.per == Per.YEAR:
            sums += [points if credit.completed_on in year else Decimal(0) for year in years]
        elif rule.per == Per.CYCLE:
            sums.append(points)
    return tuple(sums)


def _limits(requirements):
    return [*requirements.areas, *(rule for rule in requirements.rules for _ in range(_sums(rule)))]


def _allowed(requirements, sums):
    return all(of.maximum is None or has <= of.maximum for of, has in zip(_limits(requirements), sums, strict=True))


def _shortages(requirements, sums):
    """Shortfall of each sum; the total last."""
    total = max(Decimal(0), requirements.total - sum(sums[: len(requirements.areas)]))
    lacks = [max(Decimal(0), (of.minimum or 0) - has) for of, has in zip(_limits(requirements), sums, strict=True)]
    return [*lacks, total]


def _judged(requirements, sums):
    *short, total = _shortages(requirements, sums)
    in_areas = dict(zip((area.code for area in requirements.areas), short, strict=False))
    needed = [total, sum(in_areas.values())]
    for rule in requirements.rules:
        own = sum(missing for of, missing in zip(_limits(requirements), short, strict=True) if of is rule)
        needed.append(own + sum(missing for code, missing in in_areas.items() if not rule.covers(code)))
    return Best(total + sum(short), max(needed), tuple(short))


def most_that_counts(requirements, credits):
    """Maximum points that can count toward the areas' minima together: a maximum flow from credits to areas.

    For requirements without rules, where the rest of the minima is the minimal shortfall.
    """
    rooms = {}
    for credit in credits:
        rooms["source", credit.id] = int(credit.points / requirements.step)
        for area in requirements.areas:
            if area.accepts_subjects(credit.subjects):
                rooms[credit.id, area.code] = 10**9
    for area in requirements.areas:
        rooms[area.code, "sink"] = int(area.minimum / requirements.step)
    return _flow(rooms) * requirements.step


def _flow(rooms):
    """Augment along shortest paths until none is left (Edmonds–Karp)."""
    flow = 0
    while path := _path(rooms):
        pushed = min(rooms[edge] for edge in path)
        for start, end in path:
            rooms[start, end] -= pushed
            rooms[end, start] = rooms.get((end, start), 0) + pushed
        flow += pushed
    return flow


def _path(rooms):
    ways = {}
    for start, end in rooms:
        ways.setdefault(start, []).append(end)
    came_from, waiting = {"source": None}, deque(["source"])
    while waiting:
        node = waiting.popleft()
        for after in ways.get(node, []):
            if after not in came_from and rooms[node, after]:
                came_from[after] = node
                waiting.append(after)
    if "sink" not in came_from:
        return []
    path, node = [], "sink"
    while (before := came_from[node]) is not None:
        path.append((before, node))
        node = before
    return path
