"""The transcript of a cycle: what was declared, as it was signed; before that, what is allocated; and all the rest."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from credentials.models import ActivityKind, Area, Cycle
from declarations.enums import State
from declarations.models import Declaration, DeclaredCredit
from declarations.queries.pages import AreaLine
from declarations.rules import LIVE
from education.models import Allocation, Credit
from education.queries import standing_of, window_of

CHUNK = 1_000  # rows in memory at a time, however many there are
COLUMNS = ("title", "provider__title", "provider_name", "kind__title", "completed_on", "points")


class Line(NamedTuple):
    """A share of a credit, or a credit that counts nowhere in this cycle (no area, nothing allocated)."""

    completed_on: date
    title: str
    provider: str
    kind: str
    credit_points: Decimal
    area: str = ""
    points: Decimal = Decimal("0.00")


@dataclass(frozen=True)
class Transcript:
    """A cycle's record on the Board's day `on`; `lines` reads its rows a thousand at a time, anew at each call."""

    cycle: int
    on: date
    holder: str
    customer_number: str
    credential: str
    title: str
    certificate_number: str
    starts_on: date
    ends_on: date
    status: str
    requirements: str
    counted: Decimal
    needed: Decimal
    areas: tuple[AreaLine, ...]
    lines: Callable[[], Iterator[Line]]


def transcript_of(cycle: Cycle, *, on: date) -> Transcript:
    """The transcript of a cycle whose credential, requirement set and holder are loaded."""
    declaration = _standing_declaration(cycle)
    areas = _declared_areas(cycle, declaration) if declaration else _allocated_areas(cycle, on=on)
    requirements = cycle.requirement_set
    return Transcript(
        cycle=cycle.pk,
        on=on,
        holder=cycle.holder.name,
        customer_number=cycle.holder.customer_number,
        credential=cycle.credential.credential_type.code,
        title=cycle.credential.credential_type.title,
        certificate_number=cycle.credential.certificate_number,
        starts_on=cycle.starts_on,
        ends_on=cycle.ends_on,
        status=_status(cycle, declaration),
        requirements=_("version %(version)s, %(source)s")
        % {"version": requirements.version, "source": requirements.source},
        counted=sum((area.counted for area in areas), Decimal("0.00")),
        needed=requirements.total,
        areas=tuple(areas),
        lines=lambda: _lines(cycle, declaration, on=on),
    )


def _standing_declaration(cycle: Cycle) -> Declaration | None:
    """The one whose content is frozen for this cycle; a returned or withdrawn one no longer says what is so."""
    if cycle.shares_frozen_at is None:
        return None
    return Declaration.objects.filter(cycle=cycle, state__in=LIVE).exclude(number=None).order_by("-id").first()


def _status(cycle: Cycle, declaration: Declaration | None) -> str:
    if cycle.closed_at is not None:
        return _("Renewed on %(day)s") % {"day": longdate(board_day(cycle.closed_at))}
    if declaration is None or declaration.received_on is None:
        return _("Not declared yet")
    words = {"day": longdate(declaration.received_on), "number": declaration.number}
    return f"{State(declaration.state).label}, {_('received on %(day)s as %(number)s') % words}"


def _allocated_areas(cycle: Cycle, *, on: date) -> list[AreaLine]:
    return [AreaLine(area.title, area.counted, area.needed) for area in standing_of(cycle, on=on).areas]


def _declared_areas(cycle: Cycle, declaration: Declaration) -> list[AreaLine]:
    counted: dict[str, Decimal] = {}
    for content in _signed(declaration):
        counted[content["area"]] = counted.get(content["area"], Decimal("0.00")) + Decimal(content["points"])
    areas = Area.objects.filter(requirement_set=cycle.requirement_set_id).order_by("position")
    return [AreaLine(area.title, counted.get(area.code, Decimal("0.00")), area.minimum) for area in areas]


def _lines(cycle: Cycle, declaration: Declaration | None, *, on: date) -> Iterator[Line]:
    yield from _declared_lines(declaration) if declaration else _allocated_lines(cycle)
    yield from _other_lines(cycle, on=on)


def _signed(declaration: Declaration) -> Iterable[dict[str, str]]:
    """The contents of the newest submission, as they were frozen."""
    rows = DeclaredCredit.objects.filter(declaration=declaration)
    newest = rows.order_by("-submission").values("submission")[:1]
    return rows.filter(submission=newest).order_by("position").values_list("content", flat=True).iterator(CHUNK)


def _declared_lines(declaration: Declaration) -> Iterator[Line]:
    kinds = dict(ActivityKind.objects.values_list("code", "title"))
    for content in _signed(declaration):
        yield Line(
            completed_on=date.fromisoformat(content["completed_on"]),
            title=content["title"],
            provider=content["provider"],
            kind=kinds.get(content["kind"], content["kind"]),
            credit_points=Decimal(content["credit_points"]),
            area=content["area_title"],
            points=Decimal(content["points"]),
        )


def _allocated_lines(cycle: Cycle) -> Iterator[Line]:
    shares = Allocation.objects.filter(cycle=cycle).order_by("area__position", "credit__completed_on", "credit", "id")
    names = [f"credit__{name}" for name in COLUMNS]
    for *credit, area, points in shares.values_list(*names, "area__title", "points").iterator(CHUNK):
        yield _line(*credit)._replace(area=area, points=points)


def _other_lines(cycle: Cycle, *, on: date) -> Iterator[Line]:
    """What was completed in the cycle's days and is allocated nowhere in it."""
    window = window_of(cycle, on=on)
    used = Exists(Allocation.objects.filter(cycle=cycle, credit=OuterRef("pk")))
    days = (window.starts_on, window.ends_on)
    credits = Credit.objects.standing().filter(~used, holder=cycle.holder_id, completed_on__range=days)
    for row in credits.order_by("completed_on", "id").values_list(*COLUMNS).iterator(CHUNK):
        yield _line(*row)


def _line(title: str, provider: str | None, named: str, kind: str, completed_on: date, points: Decimal) -> Line:
    return Line(completed_on, title, provider or named, kind, points)
