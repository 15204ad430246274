"""Unmatched lines, which wait for their holder: the Board assigns them to one, or dismisses them."""

from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Holder, User
from cmp_portal.lib.feeds import staging
from education.actions.intake.feed import whole
from education.actions.intake.receiving import SCRATCH, lock, merge
from education.actions.webhooks.outbox import tell_taken
from education.models import IntakeBatch, IntakeRow
from education.permissions import may_give

OF_NUMBER = ("customer_number", "last_name", "birth_month")


class RowRefused(Exception):
    """The line can't be assigned to this holder or can't be dismissed; the message says why and what to do."""


@transaction.atomic
def resolve(*, row: IntakeRow, holder: Holder, by: User, at: datetime) -> IntakeRow:
    """Applies a line, and all waiting ones with the same number and name, to a holder. Idempotent.

    Later lines of the provider with this number and name are matched automatically.
    """
    if not may_give(by, holder):
        raise RowRefused(_("Someone else has to make decisions about your own record."))
    row = _locked(row)
    if row.resolved_at:
        if row.resolved_to_id == holder.pk:
            return row
        raise RowRefused(_("This line is already settled. Review it again."))
    if row.batch.undo_asked_at:
        raise RowRefused(_("This line's feed was undone, so nothing is left to decide."))
    for batch, rows in groupby(_alike(row), key=lambda one: one.batch):
        _apply(batch, {one.line: one for one in rows}, holder, by=by, at=at)
    row.refresh_from_db()
    if row.resolved_at is None:
        raise RowRefused(_("This line could not be applied to %(holder)s.") % {"holder": holder})
    return row


@transaction.atomic
def dismiss(*, row: IntakeRow, note: str, by: User, at: datetime) -> IntakeRow:
    """Dismisses a line for good: it does not return with the next feed."""
    row = _locked(row)
    if not note.strip():
        raise RowRefused(_("Write why you are dismissing the line. The provider may ask."))
    if row.resolved_at:
        if row.resolved_to_id is None and row.note == note:
            return row
        raise RowRefused(_("This line is already settled. Review it again."))
    row.resolved_at, row.resolved_by, row.note = at, by, note
    row.save(update_fields=["resolved_at", "resolved_by", "note"])
    return row


def _locked(row: IntakeRow) -> IntakeRow:
    """Locks and reloads the line, after locking the provider's feeds, as everywhere."""
    lock(row.batch.provider)
    return IntakeRow.objects.select_for_update(of=("self",)).select_related("batch__provider").get(pk=row.pk)


def _alike(row: IntakeRow) -> list[IntakeRow]:
    """The provider's waiting lines with the same number and name, grouped by feed."""
    waiting = IntakeRow.objects.waiting().filter(batch__provider=row.batch.provider)
    same_number = waiting.filter(record__customer_number=row.record["customer_number"]).order_by("batch", "line")
    rows = same_number.select_for_update(of=("self",)).select_related("batch__provider")
    return [one for one in rows if _who(one) == _who(row)]


def _who(row: IntakeRow) -> list[str]:
    return [whole(row.record)[name] for name in OF_NUMBER]


def _apply(batch: IntakeBatch, rows: dict[int, IntakeRow], holder: Holder, *, by: User, at: datetime) -> None:
    """Processes lines like any others, with their holder's number."""
    own = {"customer_number": holder.customer_number, "last_name": "", "birth_month": ""}
    staging.stage_records([(line, whole(row.record) | own) for line, row in rows.items()], scratch=SCRATCH)
    merge(batch, tag=f"{batch.pk}.{min(rows)}.{at:%Y%m%d%H%M%S}", at=at, keep_refused=False)
    refused = staging.reasons()
    applied = [row.pk for line, row in rows.items() if line not in refused]
    IntakeRow.objects.filter(pk__in=applied).update(resolved_at=at, resolved_by=by, resolved_to=holder)
    tell_taken(batch, at=at, refused=False)
    if len(rows) == len(refused):
        raise RowRefused("; ".join(sorted(set(refused.values()))))
