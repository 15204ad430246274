"""Self-recorded credits: recording them once, and correcting them until they are part of a declaration."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Holder, User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
from cmp_portal.lib.formatting import points_words
from cmp_portal.lib.points import HUNDREDTH
from cmp_portal.lib.uploads import Upload
from credentials.enums import Unit
from credentials.models import ActivityKind
from education import queries
from education.actions.allocation import lock_credit
from education.actions.corrections import seen_of
from education.actions.evidence import attach_all
from education.actions.status import refresh_status
from education.models import Allocation, Credit

# The primary key of an unsaved credit: no row has it.
NO_ROW = 0


class CreditRefused(Exception):
    """The credit can't be saved like this; `field` names the field to correct, if it is a single one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class NewCredit:
    """What a holder enters about an activity."""

    title: str
    provider_name: str
    kind: ActivityKind
    subjects: list[str]
    completed_on: date
    unit: Unit
    quantity: Decimal


def draft(*, uuid: UUID, holder: Holder, said: NewCredit, at: datetime, of: Credit | None = None) -> Credit:
    """The credit that would be recorded, or what `of` would become, unsaved. Raises CreditRefused if refused."""
    points = _checked_points(said, on=board_day(at))
    return Credit(pk=of.pk if of else NO_ROW, uuid=uuid, holder=holder, points=points, **_columns(said))


@transaction.atomic
def record(
    *,
    uuid: UUID,
    holder: Holder,
    said: NewCredit,
    uploads: Iterable[Upload] = (),
    twice: bool = False,
    by: User,
    at: datetime,
) -> Credit:
    """Records an activity and its documents; idempotent, because the form's own `uuid` is the credit's.

    A likely duplicate is refused, unless `twice`: the holder confirmed that it is another activity.
    """
    wanted = draft(uuid=uuid, holder=holder, said=said, at=at)
    _lock_holder(holder.pk)
    credit = Credit.objects.filter(uuid=uuid).first()
    if credit is None:
        _refuse_duplicate(wanted, twice=twice)
        credit = Credit.objects.create(uuid=uuid, holder=holder, created_at=at, points=wanted.points, **_columns(said))
    elif credit.holder_id != holder.pk:
        raise CreditRefused(_("This form was already used. Open it again."))
    elif not _says(credit, said, wanted.points):
        raise CreditRefused(
            _("You already recorded “%(title)s” with this form. Correct it there.") % {"title": credit.title}
        )
    attach_all(credit=credit, uploads=uploads, by=by, at=at)
    return credit


@retry_on_conflict
@transaction.atomic
def edit(*, credit: Credit, said: NewCredit, twice: bool = False, seen: str = "", by: User, at: datetime) -> Credit:
    """Corrects a self-recorded credit; every version is kept in the history, and an edit without a change makes none.

    `seen` is `seen_of` the credit that the form was opened with: if the credit has changed since, the edit is refused.
    """
    credit = _locked_own(credit)
    if credit.withdrawn_at is not None:
        raise CreditRefused(_("This credit has been withdrawn. Restore it first."))
    wanted = draft(uuid=credit.uuid, holder=credit.holder, said=said, at=at, of=credit)
    if _says(credit, said, wanted.points):
        return credit
    if seen and seen != seen_of(credit):
        raise CreditRefused(
            _("This was changed after you opened the page. Open it again, and enter what still needs to be changed.")
        )
    if wanted.points < _most_allocated(credit):
        words = {"points": points_words(_most_allocated(credit))}
        raise CreditRefused(_("Already allocated: %(points)s. Release some of that first.") % words, field="quantity")
    _refuse_duplicate(wanted, twice=twice, known=queries.likely_duplicates(credit))
    for name, value in {**_columns(said), "points": wanted.points, "corrected_at": at}.items():
        setattr(credit, name, value)
    credit.save()
    refresh_status(_cycles_of(credit), at=at)
    return credit


@retry_on_conflict
@transaction.atomic
def withdraw(*, credit: Credit, by: User, at: datetime) -> Credit:
    """Takes a self-recorded credit out of use and releases its shares; the row itself stays."""
    credit = _locked_own(credit)
    if credit.withdrawn_at is None:
        cycles = _cycles_of(credit)
        Allocation.objects.filter(credit=credit).delete()
        credit.withdrawn_at = at
        credit.save(update_fields=["withdrawn_at"])
        refresh_status(cycles, at=at)
    return credit


@transaction.atomic
def restore(*, credit: Credit, twice: bool = False, by: User, at: datetime) -> Credit:
    """Brings back a credit its holder withdrew; its released shares have to be allocated again."""
    credit = _locked_own(credit)
    if credit.withdrawn_at is not None:
        _refuse_uncounted(credit.kind)
        _refuse_duplicate(credit, twice=twice)
        credit.withdrawn_at = None
        credit.save(update_fields=["withdrawn_at"])
    return credit


def _refuse_duplicate(credit: Credit, *, twice: bool, known: Iterable[Credit] = ()) -> None:
    """Refuses a likely duplicate unless `twice` is confirmed; credits in `known` are not taken for one."""
    if not twice and set(queries.likely_duplicates(credit)) - set(known):
        raise CreditRefused(
            _(
                "This looks like a credit you already have. If it is a different one, select the check box and save"
                " again."
            ),
            field="twice",
        )


def _checked_points(said: NewCredit, *, on: date) -> Decimal:
    """The points of the activity. Raises CreditRefused if it never counts or is not completed yet."""
    _refuse_uncounted(said.kind)
    if said.completed_on > on:
        raise CreditRefused(_("Record an activity once it is completed."), field="completed_on")
    worth = {row.unit: row.points_per_unit for row in said.kind.units.all()}
    if said.unit not in worth:
        units = ", ".join(str(Unit(unit).label) for unit in worth)
        raise CreditRefused(_("For this kind of activity, use: %(units)s.") % {"units": units}, field="unit")
    points: Decimal = (said.quantity * worth[said.unit]).quantize(HUNDREDTH)
    if not points:
        raise CreditRefused(_("This comes to less than 0.01 points."), field="quantity")
    return points


def _refuse_uncounted(kind: ActivityKind) -> None:
    if not kind.counts:
        raise CreditRefused(_("“%(kind)s” never counts toward maintenance.") % {"kind": kind.title}, field="kind")


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


def _says(credit: Credit, said: NewCredit, points: Decimal) -> bool:
    """Whether the credit already has exactly these values."""
    return all(getattr(credit, name) == value for name, value in {**_columns(said), "points": points}.items())


def _lock_holder(holder_id: int) -> None:
    """Serializes changes to a holder's own credits, so that two forms can't both pass the check for duplicates."""
    list(Holder.objects.filter(pk=holder_id).select_for_update(no_key=True).values_list("pk"))


def _locked_own(credit: Credit) -> Credit:
    """Locks and reloads a self-recorded credit, after locking its holder."""
    _lock_holder(credit.holder_id)
    credit = lock_credit(credit.pk)
    shares = Allocation.objects.filter(credit=credit).select_related("cycle")
    if refusal := queries.why_not_changed(credit, shares):
        raise CreditRefused(refusal)
    return credit


def _most_allocated(credit: Credit) -> Decimal:
    """The largest sum of the credit's shares in one cycle."""
    sums: dict[int, Decimal] = {}
    for cycle, points in Allocation.objects.filter(credit=credit).values_list("cycle", "points"):
        sums[cycle] = sums.get(cycle, Decimal(0)) + points
    return max(sums.values(), default=Decimal(0))


def _cycles_of(credit: Credit) -> list[int]:
    return list(Allocation.objects.filter(credit=credit).values_list("cycle", flat=True).distinct())
