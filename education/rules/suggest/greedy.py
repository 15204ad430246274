"""An allocation by hand: good, not proven best; what is left when the solver's time is up."""

from education.rules.suggest.problem import Problem, Target


def greedy(problem: Problem) -> dict[tuple[int, int], int]:
    """Fills one target after the other, areas in file order, then rules, then the total, with the first that fits."""
    rooms = list(problem.rooms)
    left = [group.usable for group in problem.groups]
    items = {(index, limit): limit.room for index, group in enumerate(problem.groups) for limit in group.items}
    amounts: dict[tuple[int, int], int] = {}
    counted = [0] * len(rooms)
    for target in problem.targets:
        lacks = _still_lacking(target, counted, amounts)
        for group, area, lines in problem.columns():
            limits = [key for key in items if key[0] == group and area in key[1].areas]
            fits = target.line is None or target.line in lines
            steps = min([lacks, left[group], *(rooms[line] for line in lines), *(items[key] for key in limits)])
            if not fits or not steps:
                continue
            lacks -= steps
            left[group] -= steps
            amounts[group, area] = amounts.get((group, area), 0) + steps
            for line in lines:
                rooms[line] -= steps
                counted[line] += steps
            for key in limits:
                items[key] -= steps
    return amounts


def _still_lacking(target: Target, counted: list[int], amounts: dict[tuple[int, int], int]) -> int:
    has = sum(amounts.values()) if target.line is None else counted[target.line]
    return max(0, target.lacks - has)
