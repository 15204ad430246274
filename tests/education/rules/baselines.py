"""How others allocate, written anew from what they publish of it; what `suggest` is compared with.

First come with caps: credits in the order they were earned, each put where its subject says as far as the caps of area
and kind leave room; what exceeds a cap is carried to the area for everything else. First that fits: each credit, in
the order of entry, goes whole to the first area that accepts it.
"""

from decimal import Decimal

from education.rules import Share, compile_requirements, count


def first_come_with_caps(requirements, credits, window):
    """Oldest credit first, area after area in file order, as far as there is room."""
    compiled, shares = compile_requirements(requirements), []
    for credit in sorted(credits, key=lambda each: (each.completed_on, each.id)):
        for area in _fullest_use(requirements, credit):
            room = count(compiled, credits, shares, window).headroom(credit.id, area.code).points
            if area.minimum:
                has = sum(share.points for share in shares if share.area == area.code)
                room = min(room, max(Decimal(0), area.minimum - has))
            if room:
                shares.append(Share(credit.id, area.code, room))
    return shares


def _fullest_use(requirements, credit):
    accepting = [area for area in requirements.areas if area.accepts_subjects(credit.subjects)]
    return sorted(accepting, key=lambda area: not area.minimum)


def first_that_fits(requirements, credits, window):
    """In the order of entry, all of a credit in the first area that accepts it."""
    shares = []
    for credit in sorted(credits, key=lambda each: each.id):
        for area in requirements.areas:
            if area.accepts_subjects(credit.subjects):
                shares.append(Share(credit.id, area.code, credit.points))
                break
    return shares
