"""Allocation strategies of other systems, reimplemented from published descriptions; compared with `suggest`.

First come with caps: credits in the order they were earned, each assigned by its subject up to the area's minimum and
within all caps; what is left is then assigned wherever there is room. First fit: each credit, in the order of entry,
goes whole to the first area that accepts it.
"""

from decimal import Decimal

from education.rules import Share, compile_requirements, count


def first_come_with_caps(requirements, credits, window):
    """Oldest credit first, each area up to its minimum; in a second pass, what is left goes wherever there is room."""
    tally = count(compile_requirements(requirements), credits, [], window)
    ordered = sorted(credits, key=lambda each: (each.completed_on, each.id))
    shares = list(_poured(tally, ordered, [area.minimum for area in requirements.areas]))
    return shares + list(_poured(tally, ordered, [Decimal(10**6)] * len(requirements.areas)))


def _poured(tally, credits, most):
    """Shares of each credit in the areas in file order, up to the given maxima."""
    left = dict(zip(tally.compiled.areas, most, strict=True))
    for credit in credits:
        for area in left:
            points = min(tally.headroom(credit.id, area).points, left[area])
            points -= points % tally.compiled.requirements.step
            if points:
                tally.fill(tally.compiled.area_index[area], {tally.places[credit.id]: int(points * 100)})
                left[area] -= points
                yield Share(credit.id, area, points)


def first_that_fits(requirements, credits, window):
    """In the order of entry, each credit whole to the first area that accepts it."""
    shares = []
    for credit in sorted(credits, key=lambda each: each.id):
        for area in requirements.areas:
            if area.accepts_subjects(credit.subjects):
                shares.append(Share(credit.id, area.code, credit.points))
                break
    return shares
