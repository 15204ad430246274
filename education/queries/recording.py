"""Before a credit is saved: how many points it is worth, where it would count, and what it may duplicate."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cmp_portal.lib.formatting import points_text, points_words
from credentials.enums import Unit
from credentials.models import ActivityKind
from education.models import Allocation, Credit
from education.queries.ledger import Duplicate, Place, duplicates_of, places_of, shares_by_credit

UNVERIFIED = gettext_lazy(
    "The value of this kind has not been verified with the Board yet. The Board may count it differently."
)
NOWHERE = gettext_lazy("It would not count anywhere right now. You can still keep it in your record.")


@dataclass(frozen=True)
class Worth:
    """How many points a unit of a kind of activity is worth."""

    kind: str
    text: str


@dataclass(frozen=True)
class Check:
    """A preview of what would be saved."""

    points_text: str
    unverified_text: str
    where_text: str
    places: tuple[Place, ...]
    needs_text: str


@dataclass(frozen=True)
class RecordingPage:
    """The texts around the form; `check` and `duplicates` once there is something to check."""

    title: str
    submit_label: str
    cancel_url: str
    worths: tuple[Worth, ...]
    check: Check | None
    duplicates: tuple[Duplicate, ...]


class UnitRow(NamedTuple):
    """A kind of activity with one of its units, or with None if it has no unit."""

    kind: int
    title: str
    counts: bool
    unit: str | None
    worth: Decimal | None


def recording_page(draft: Credit | None, *, on: date) -> RecordingPage:
    """The page for adding a credit."""
    return _page("", _("Record this credit"), reverse("education:credits"), draft, [], on=on)


def edit_page(credit: Credit, draft: Credit | None, *, on: date) -> RecordingPage:
    """The page for correcting a credit."""
    cancel_url = reverse("education:credit", args=[credit.uuid])
    shares = shares_by_credit([credit])[credit.pk] if draft else []
    return _page(_("Correct this credit"), _("Save the correction"), cancel_url, draft, shares, on=on)


def _page(
    title: str, submit_label: str, cancel_url: str, draft: Credit | None, shares: Iterable[Allocation], *, on: date
) -> RecordingPage:
    units = _units()
    return RecordingPage(
        title=title,
        submit_label=submit_label,
        cancel_url=cancel_url,
        worths=tuple(_worth(list(rows)) for _kind, rows in groupby(units, key=attrgetter("kind"))),
        check=_check(draft, shares, units, on=on) if draft else None,
        duplicates=duplicates_of(draft) if draft else (),
    )


def _units() -> list[UnitRow]:
    """All kinds of activity in their order, each with its units."""
    kinds = ActivityKind.objects.order_by("position", "title", "id", "units__points_per_unit", "units__id")
    rows = kinds.values_list("pk", "title", "counts", "units__unit", "units__points_per_unit")
    return [UnitRow(*row) for row in rows]


def _worth(units: list[UnitRow]) -> Worth:
    words = [
        f"1 {Unit(row.unit).label} = {points_text(row.worth)}" if row.unit and row.worth else ""
        for row in units
        if row.counts
    ]
    return Worth(kind=units[0].title, text=", ".join(words) if words else _("never counts"))


def _check(draft: Credit, shares: Iterable[Allocation], units: Iterable[UnitRow], *, on: date) -> Check:
    places = tuple(places_of(draft, shares, on=on))
    return Check(
        points_text=_points_text(draft, units),
        unverified_text="" if draft.kind.verified else str(UNVERIFIED),
        where_text="" if any(place.fits for place in places) else str(NOWHERE),
        places=places,
        needs_text=draft.kind.evidence,
    )


def _points_text(draft: Credit, units: Iterable[UnitRow]) -> str:
    worth = {(row.kind, row.unit): row.worth for row in units if row.worth is not None}
    words = {
        "quantity": points_text(draft.quantity),
        "unit": draft.get_unit_display(),
        "worth": points_text(worth[draft.kind_id, draft.unit]),
        "points": points_words(draft.points),
    }
    return _("%(quantity)s × %(unit)s, worth %(worth)s each: %(points)s.") % words


def has_room(credit: Credit, *, on: date) -> bool:
    """Whether some open cycle can use some of the credit's unallocated points."""
    return any(place.fits for place in places_of(credit, shares_by_credit([credit])[credit.pk], on=on))
