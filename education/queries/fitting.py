"""What each area has and needs, and how many points that are not allocated yet would fit."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from cmp_portal.lib.formatting import points_text
from cmp_portal.lib.prepared_statements import ask
from credentials import rules as credential_rules
from credentials.models import Cycle
from credentials.rules.points import from_hundredths
from education import rules
from education.queries.cards import share
from education.queries.standing import Facts

# The most unallocated credits examined for what would fit. Hardly anybody has more; then the page says "or more".
LOOKED_THROUGH = 100
# One more row is fetched to tell whether there are more; it is not added up.
FREE = f"""
    SELECT subjects, coalesce(sum(points) FILTER (WHERE place <= {LOOKED_THROUGH}), 0), max(place)
      FROM (SELECT c.subjects, c.points, row_number() OVER (ORDER BY c.completed_on DESC, c.id DESC) AS place
              FROM education_credit c
             WHERE c.holder_id = $1 AND c.withdrawn_at IS NULL AND c.completed_on BETWEEN $2 AND $3
               AND NOT EXISTS (SELECT FROM education_allocation a WHERE a.credit_id = c.id AND a.cycle_id = $4)
             ORDER BY c.completed_on DESC, c.id DESC LIMIT {LOOKED_THROUGH + 1}) newest
     GROUP BY subjects
"""  # noqa: S608 (a constant only)


class Free(NamedTuple):
    """Subjects and unallocated points of credits, and whether the list is complete."""

    points: list[tuple[frozenset[str], Decimal]]
    is_all: bool


@dataclass(frozen=True)
class AreaBar:
    title: str
    percent: int
    text: str
    fits_text: str
    sum_text: str
    is_done: bool


def free_of(cycle: Cycle, facts: Facts) -> Free:
    """What is unallocated in the whole cycle, whichever page of the list it is on; nothing once it is declared."""
    if cycle.shares_frozen_at is not None:
        return Free([], is_all=True)
    window = facts.window
    rows = ask("progress_free", FREE, [cycle.holder_id, window.starts_on, window.ends_on, cycle.pk])
    points = [(frozenset(subjects), from_hundredths(whole)) for subjects, whole, _place in rows]
    points += _left_over(facts)
    return Free(points, is_all=all(place <= LOOKED_THROUGH for _subjects, _whole, place in rows))


def _left_over(facts: Facts) -> Iterator[tuple[frozenset[str], Decimal]]:
    """What is left of the credits of which only a part is allocated."""
    used: dict[rules.CreditId, Decimal] = defaultdict(Decimal)
    for each in facts.shares:
        used[each.credit] += each.points
    for credit in facts.credits:
        left = credit.points - used.get(credit.id, credit.points)
        if left and credit.completed_on in facts.window:
            yield credit.subjects, left


def area_bars(facts: Facts, standing: rules.Standing, free: Free) -> Iterable[AreaBar]:
    for area, line in zip(facts.requirements.areas, standing.areas, strict=True):
        yield AreaBar(
            title=line.title,
            percent=share(line.counted, line.needed or standing.total.needed, of=100),
            text=_area_text(line),
            fits_text=_fitting(free, area),
            sum_text=_sum_text(line),
            is_done=bool(line.needed) and not line.missing,
        )


def _sum_text(line: rules.AreaStanding) -> str:
    words = {"counted": points_text(line.counted), "needed": points_text(line.needed)}
    return _("%(counted)s of %(needed)s") % words if line.needed else words["counted"]


def _area_text(line: rules.AreaStanding) -> str:
    if line.missing:
        return _("%(points)s still needed.") % {"points": points_text(line.missing)}
    return _("Done.") if line.needed else _("Any points here count toward the total.")


def _fitting(free: Free, area: credential_rules.Area) -> str:
    """How many unallocated points could go to this area."""
    points = sum((points for subjects, points in free.points if area.accepts_subjects(subjects)), Decimal(0))
    if not points:
        return ""
    words = _("%(points)s not yet allocated would fit.") if free.is_all else _("%(points)s or more would fit.")
    return words % {"points": points_text(points)}
