"""One credit across all credentials of its holder: where it would count, and why not elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from credentials.models import Cycle
from credentials.rules.points import hundredths
from education import rules
from education.models import Allocation, AllocationUndo, Credit
from education.queries.standing import Facts, facts_by_cycle
from education.queries.undo import UndoLine, undo_line
from education.queries.words import why_not


@dataclass(frozen=True)
class AreaOption:
    """An area with room; `most` is the largest share the credit could have there."""

    code: str
    title: str
    most: Decimal
    selected: bool


@dataclass(frozen=True)
class EverywhereLine:
    """One cycle: what already counts of the credit, and either options or the reason why there are none."""

    cycle: int
    credential: str
    cycle_text: str
    shares: tuple[str, ...]
    options: tuple[AreaOption, ...]
    points: Decimal
    why: str
    undo: UndoLine | None


@dataclass(frozen=True)
class EverywherePage:
    title: str
    points: Decimal
    completed: str
    lines: tuple[EverywhereLine, ...]
    can_apply: bool
    apply_url: str
    credit_url: str


def everywhere_page(credit: Credit, *, on: date) -> EverywherePage:
    """Every open cycle of the credit's holder, with the best area of each preselected."""
    cycles = _open_cycles(credit)
    facts, served = facts_by_cycle(cycles, on=on), _credentials_served(credit)
    lines = tuple(_line(credit, cycle, facts[cycle.pk], is_served=cycle.credential_id in served) for cycle in cycles)
    return EverywherePage(
        title=credit.title,
        points=credit.points,
        completed=longdate(credit.completed_on),
        lines=lines,
        can_apply=any(line.options for line in lines),
        apply_url=reverse("education:apply_everywhere", args=[credit.uuid]),
        credit_url=reverse("education:credit", args=[credit.uuid]),
    )


def _open_cycles(credit: Credit) -> list[Cycle]:
    cycles = Cycle.objects.filter(holder_id=credit.holder_id, closed_at=None).order_by("ends_on", "id")
    related = ("credential__credential_type", "requirement_set__credential_type", "undo")
    return list(cycles.select_related(*related))


def _credentials_served(credit: Credit) -> set[int]:
    """The credentials in which the credit was used in a closed cycle."""
    shares = Allocation.objects.filter(credit=credit, cycle__closed_at__isnull=False)
    return set(shares.values_list("cycle__credential", flat=True))


def _line(credit: Credit, cycle: Cycle, facts: Facts, *, is_served: bool) -> EverywhereLine:
    tally = facts.also([credit]).count()
    shares = {share.area: share.points for share in facts.shares if share.credit == credit.pk}
    is_open = cycle.shares_frozen_at is None and not is_served
    options = tuple(_options(tally, credit, shares)) if is_open else ()
    titles = {area.code: area.title for area in facts.requirements.areas}
    in_area = _("%(points)s in %(area)s")
    return EverywhereLine(
        cycle=cycle.pk,
        credential=cycle.credential.credential_type.code,
        cycle_text=_("cycle ending %(day)s") % {"day": longdate(cycle.ends_on)},
        shares=tuple(in_area % {"points": points_text(shares[code]), "area": titles[code]} for code in shares),
        options=options,
        points=next((option.most for option in options if option.selected), Decimal(0)),
        why="" if options else _why(tally, credit, cycle, is_served=is_served),
        undo=undo_line(cycle, facts.shares) if _is_about(cycle, credit, shares) else None,
    )


def _is_about(cycle: Cycle, credit: Credit, shares: dict[str, Decimal]) -> bool:
    """Whether the cycle's last change was about this credit."""
    undo: AllocationUndo | None = getattr(cycle, "undo", None)
    before = {} if undo is None else {area: points for pk, area, points in undo.shares if pk == credit.pk}
    return undo is not None and before != {area: hundredths(points) for area, points in shares.items()}


def _options(tally: rules.Tally, credit: Credit, shares: dict[str, Decimal]) -> Iterable[AreaOption]:
    """Areas with room, in file order; preselected is the first that lacks points, else the first."""
    fits = [fit for fit in tally.fits(credit.pk) if fit.points]
    short = {area.code for area in rules.standing_of(tally).areas if area.missing}
    best = next((fit for fit in fits if fit.area in short), fits[0] if fits else None)
    for fit in fits:
        title = tally.compiled.areas[fit.area].title
        yield AreaOption(fit.area, title, fit.points + shares.get(fit.area, Decimal(0)), fit is best)


def _why(tally: rules.Tally, credit: Credit, cycle: Cycle, *, is_served: bool) -> str:
    if cycle.shares_frozen_at is not None:
        return _("This cycle has been declared, so its allocation stays as it is.")
    if is_served:
        return _("This credit counts in another cycle of this credential.")
    place = tally.places[credit.pk]
    is_used_up = tally.counted[place] and not tally.left(place)
    return _("All of it is allocated.") if is_used_up else why_not(tally, credit.pk)
