"""The transcript of a cycle: the declared credits as signed and as the Board counts them (before that, what is
allocated), followed by all other credits.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from credentials.models import ActivityKind, Area, Cycle
from declarations.enums import Ruled, State
from declarations.models import Declaration, DeclaredCredit, Ruling
from declarations.queries.pages import AreaLine
from declarations.queries.readiness import standing_declaration
from declarations.queries.rulings import told_against
from education.models import Allocation, Credit
from education.queries import standing_of, window_of

CHUNK = 1_000  # rows in memory at a time
COLUMNS = ("title", "provider__title", "provider_name", "kind__title", "completed_on", "points")


class ActivityLine(NamedTuple):
    """A share of a credit, or a credit that counts nowhere in this cycle (no area, no points).

    `refused` is the Board's reason if it did not accept the credit.
    """

    completed_on: date
    title: str
    provider: str
    kind: str
    credit_points: Decimal
    area: str = ""
    points: Decimal = Decimal("0.00")
    refused: str = ""


@dataclass(frozen=True)
class Transcript:
    """A cycle's record on `on`, a date in the Board's time zone; each call of `lines` streams the rows anew."""

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
    lines: Callable[[], Iterator[ActivityLine]]


def transcript_of(cycle: Cycle, *, on: date) -> Transcript:
    """The transcript of a cycle; its credential, requirement set and holder must be loaded."""
    declaration = standing_declaration(cycle) if cycle.shares_frozen_at else None
    signed = _Signed.read(declaration) if declaration else None
    areas = _declared_areas(cycle, signed) if signed else _allocated_areas(cycle, on=on)
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
        requirements=", ".join(
            filter(None, (_("version %(version)s") % {"version": requirements.version}, requirements.source))
        ),
        counted=sum((area.counted for area in areas), Decimal("0.00")),
        needed=requirements.total,
        areas=tuple(areas),
        lines=lambda: _lines(cycle, signed, on=on),
    )


@dataclass(frozen=True)
class _Signed:
    """The newest submission of a declaration, and the Board's rulings against its credits."""

    declaration: int
    against: Mapping[str, Ruling]

    @classmethod
    def read(cls, declaration: Declaration) -> "_Signed":
        return cls(declaration.pk, {str(one.credit.uuid): one for one in told_against(declaration)})

    @property
    def refused(self) -> dict[str, str]:
        """The Board's reasons for refusing credits, by credit."""
        return {credit: one.reason for credit, one in self.against.items() if one.outcome == Ruled.REFUSED}

    def contents(self) -> Iterable[dict[str, str]]:
        """The shares as they were frozen."""
        rows = DeclaredCredit.objects.filter(declaration=self.declaration)
        newest = rows.order_by("-submission").values("submission")[:1]
        return rows.filter(submission=newest).order_by("position").values_list("content", flat=True).iterator(CHUNK)

    def counting(self) -> Iterator[tuple[dict[str, str], str, str]]:
        """The shares the Board did not refuse, each with the code and title of the area in which it counts."""
        refused = self.refused
        for content in self.contents():
            if (credit := content.get("credit", "")) not in refused:
                moved = self.against[credit].area if credit in self.against else None
                yield content, *((moved.code, moved.title) if moved else (content["area"], content["area_title"]))


def _status(cycle: Cycle, declaration: Declaration | None) -> str:
    if cycle.closed_at is not None:
        return _("Renewed on %(day)s") % {"day": longdate(board_day(cycle.closed_at))}
    if declaration is None or declaration.received_on is None:
        return _("Not declared yet")
    words = {"day": longdate(declaration.received_on), "number": declaration.number}
    received = _("received on %(day)s as %(number)s") % words
    return f"{State(declaration.state).label}, {received}"


def _allocated_areas(cycle: Cycle, *, on: date) -> list[AreaLine]:
    return [AreaLine(area.title, area.counted, area.needed) for area in standing_of(cycle, on=on).areas]


def _declared_areas(cycle: Cycle, signed: _Signed) -> list[AreaLine]:
    counted: dict[str, Decimal] = {}
    for content, area, _title in signed.counting():
        counted[area] = counted.get(area, Decimal("0.00")) + Decimal(content["points"])
    areas = Area.objects.filter(requirement_set=cycle.requirement_set_id).order_by("position")
    return [AreaLine(area.title, counted.get(area.code, Decimal("0.00")), area.minimum) for area in areas]


def _lines(cycle: Cycle, signed: _Signed | None, *, on: date) -> Iterator[ActivityLine]:
    yield from _declared_lines(signed) if signed else _allocated_lines(cycle)
    yield from _other_lines(cycle, on=on)


def _declared_lines(signed: _Signed) -> Iterator[ActivityLine]:
    """What counts, then what the Board refused, with one line per refused credit."""
    kinds = dict(ActivityKind.objects.values_list("code", "title"))
    for content, _code, area in signed.counting():
        yield _signed_line(content, kinds)._replace(area=area, points=Decimal(content["points"]))
    if refused := signed.refused:
        for content in signed.contents():
            if reason := refused.pop(content["credit"], ""):
                yield _signed_line(content, kinds)._replace(refused=reason)


def _signed_line(content: Mapping[str, str], kinds: Mapping[str, str]) -> ActivityLine:
    return ActivityLine(
        completed_on=date.fromisoformat(content["completed_on"]),
        title=content["title"],
        provider=content["provider"],
        kind=kinds.get(content["kind"], content["kind"]),
        credit_points=Decimal(content["credit_points"]),
    )


def _allocated_lines(cycle: Cycle) -> Iterator[ActivityLine]:
    shares = Allocation.objects.filter(cycle=cycle).order_by("area__position", "credit__completed_on", "credit", "id")
    names = [f"credit__{name}" for name in COLUMNS]
    for *credit, area, points in shares.values_list(*names, "area__title", "points").iterator(CHUNK):
        yield _line(*credit)._replace(area=area, points=points)


def _other_lines(cycle: Cycle, *, on: date) -> Iterator[ActivityLine]:
    """Credits completed in the cycle's window but not allocated in it."""
    window = window_of(cycle, on=on)
    used = Exists(Allocation.objects.filter(cycle=cycle, credit=OuterRef("pk")))
    days = (window.starts_on, window.ends_on)
    credits = Credit.objects.standing().filter(~used, holder=cycle.holder_id, completed_on__range=days)
    for row in credits.order_by("completed_on", "id").values_list(*COLUMNS).iterator(CHUNK):
        yield _line(*row)


def _line(title: str, provider: str | None, named: str, kind: str, completed_on: date, points: Decimal) -> ActivityLine:
    return ActivityLine(completed_on, title, provider or named, kind, points)
