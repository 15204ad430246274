"""Before a credit is saved: how many points it is worth, where it would count, and what it may duplicate."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

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


def recording_page(draft: Credit | None, *, on: date) -> RecordingPage:
    """The page for adding a credit."""
    return RecordingPage(
        title="",
        submit_label=_("Record this credit"),
        cancel_url=reverse("education:credits"),
        worths=worths(),
        check=_check(draft, [], on=on) if draft else None,
        duplicates=duplicates_of(draft) if draft else (),
    )


def edit_page(credit: Credit, draft: Credit | None, *, on: date) -> RecordingPage:
    """The page for correcting a credit."""
    return RecordingPage(
        title=_("Correct this credit"),
        submit_label=_("Save the correction"),
        cancel_url=reverse("education:credit", args=[credit.uuid]),
        worths=worths(),
        check=_check(draft, shares_by_credit([credit])[credit.pk], on=on) if draft else None,
        duplicates=duplicates_of(draft) if draft else (),
    )


def worths() -> tuple[Worth, ...]:
    """All kinds of activity in their order with the worth of their units, in one query."""
    kinds = ActivityKind.objects.order_by("position", "title", "units__points_per_unit", "units__id")
    rows = kinds.values_list("title", "counts", "units__unit", "units__points_per_unit")
    return tuple(Worth(kind=title, text=_worth(units)) for title, units in groupby(rows, key=itemgetter(0)))


def _worth(rows: Iterable[tuple[str, bool, str | None, Decimal | None]]) -> str:
    words = [
        f"1 {Unit(unit).label} = {points_text(worth)}" if unit and worth else ""
        for _title, counts, unit, worth in rows
        if counts
    ]
    return ", ".join(words) if words else _("never counts")


def _check(draft: Credit, shares: Iterable[Allocation], *, on: date) -> Check:
    places = tuple(places_of(draft, shares, on=on))
    return Check(
        points_text=_points_text(draft),
        unverified_text="" if draft.kind.verified else str(UNVERIFIED),
        where_text="" if any(place.fits for place in places) else str(NOWHERE),
        places=places,
        needs_text=draft.kind.evidence,
    )


def _points_text(draft: Credit) -> str:
    words = {
        "quantity": points_text(draft.quantity),
        "unit": draft.get_unit_display(),
        "worth": points_text(draft.points / draft.quantity),
        "points": points_words(draft.points),
    }
    return _("%(quantity)s × %(unit)s, worth %(worth)s each: %(points)s.") % words


def has_room(credit: Credit, *, on: date) -> bool:
    """Whether some open cycle can use some of the credit's unallocated points."""
    return any(place.fits for place in places_of(credit, shares_by_credit([credit])[credit.pk], on=on))
