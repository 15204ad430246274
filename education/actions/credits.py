"""Self-recorded credits: recorded once, corrected while nothing was declared with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Holder, User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import patient
from credentials.enums import Unit
from credentials.models import ActivityKind
from education.actions.allocation import lock_credit
from education.actions.evidence import Upload, attach
from education.actions.status import refresh_status
from education.models import Allocation, Credit


class CreditRefused(Exception):
    """The credit can't be kept like this; `field` names what to mend, if it is one field."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class NewCredit:
    """What a holder says about an activity."""

    title: str
    provider_name: str
    kind: ActivityKind
    subjects: list[str]
    completed_on: date
    unit: Unit
    quantity: Decimal


@transaction.atomic
def record(
    *, uuid: UUID, holder: Holder, said: NewCredit, uploads: Iterable[Upload] = (), by: User, at: datetime
) -> Credit:
    """Records an activity and its documents under the form's own `uuid`, so that a form sent twice records once."""
    points = _checked_points(said, on=board_day(at))
    credit, _created = Credit.objects.get_or_create(
        uuid=uuid, defaults={"holder": holder, "created_at": at, "points": points, **_columns(said)}
    )
    if credit.holder_id != holder.pk:
        raise CreditRefused(_("Please open the form again: it was used before."))
    for upload in uploads:
        attach(credit=credit, upload=upload, by=by, at=at)
    return credit


@patient
@transaction.atomic
def edit(*, credit: Credit, said: NewCredit, by: User, at: datetime) -> Credit:
    """Corrects a self-recorded credit; every version stays in the history, and what says nothing new is none."""
    credit = _locked_own(credit)
    points = _checked_points(said, on=board_day(at))
    if all(getattr(credit, name) == value for name, value in {**_columns(said), "points": points}.items()):
        return credit
    if points < _most_allocated(credit):
        message = _("%(points)s points are allocated already: release some of them first.")
        raise CreditRefused(message % {"points": _most_allocated(credit)}, field="quantity")
    for name, value in {**_columns(said), "points": points, "corrected_at": at}.items():
        setattr(credit, name, value)
    credit.save()
    refresh_status(_cycles_of(credit), at=at)
    return credit


@patient
@transaction.atomic
def withdraw(*, credit: Credit, by: User, at: datetime) -> Credit:
    """Takes a self-recorded credit out of use and releases its shares; the record itself stays."""
    credit = _locked_own(credit)
    if credit.withdrawn_at is None:
        cycles = _cycles_of(credit)
        Allocation.objects.filter(credit=credit).delete()
        credit.withdrawn_at = at
        credit.save(update_fields=["withdrawn_at"])
        refresh_status(cycles, at=at)
    return credit


def _checked_points(said: NewCredit, *, on: date) -> Decimal:
    """The points of what was said; CreditRefused when it never counts or has not happened yet."""
    if not said.kind.counts:
        raise CreditRefused(_("%(kind)s never counts towards maintenance.") % {"kind": said.kind.title}, field="kind")
    if said.completed_on > on:
        raise CreditRefused(_("Record an activity once it is completed."), field="completed_on")
    worth = {row.unit: row.points_per_unit for row in said.kind.units.all()}
    if said.unit not in worth:
        units = ", ".join(str(Unit(unit).label) for unit in worth)
        raise CreditRefused(_("For this kind of activity, use: %(units)s.") % {"units": units}, field="unit")
    points: Decimal = said.quantity * worth[said.unit]
    return points.quantize(Decimal("0.01"))


def _columns(said: NewCredit) -> dict[str, object]:
    return {
        "title": said.title,
        "provider_name": said.provider_name,
        "kind": said.kind,
        "subjects": said.subjects,
        "completed_on": said.completed_on,
        "unit": said.unit,
        "quantity": said.quantity,
    }


def _locked_own(credit: Credit) -> Credit:
    credit = lock_credit(credit.pk)
    if not credit.is_self_recorded:
        raise CreditRefused(_("This credit came from its provider: ask the provider to correct it."))
    if Allocation.objects.filter(credit=credit, cycle__shares_frozen_at__isnull=False).exists():
        raise CreditRefused(_("This credit is part of a declaration and stays as it was declared."))
    return credit


def _most_allocated(credit: Credit) -> Decimal:
    """The largest sum of the credit's shares in one cycle."""
    sums: dict[int, Decimal] = {}
    for cycle, points in Allocation.objects.filter(credit=credit).values_list("cycle", "points"):
        sums[cycle] = sums.get(cycle, Decimal(0)) + points
    return max(sums.values(), default=Decimal(0))


def _cycles_of(credit: Credit) -> list[int]:
    return list(Allocation.objects.filter(credit=credit).values_list("cycle", flat=True).distinct())
