"""The holder's part in an audit: documents, reasons why there are none, replacement credits, and replies to notes."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from audits import queries
from audits.actions.moves import MoveRefused, locked, move, tell_move
from audits.enums import AuditMove, AuditState
from audits.models import Audit, NotAvailable
from audits.permissions import may_amend, may_answer
from audits.rules.moves import due_on
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
from declarations.actions import amend as amend_declaration
from declarations.actions import answer_note
from declarations.models import Attestation, Note
from education.actions import NewShare
from education.models import Credit


@retry_on_conflict
@transaction.atomic
def hand_in(*, audit: Audit, by: User, at: datetime, note: str = "") -> Audit:
    """Hand in: tell the Board that the documents are complete; idempotent."""
    audit = locked(audit)
    if audit.state == AuditState.RECEIVED and may_answer(by, audit) and _says_nothing_new(audit, note):
        return audit
    due = due_on(board_day(at), settings.AUDIT_REVIEW_DAYS)
    step = move(audit, AuditMove.HAND_IN, by=by, at=at, note=note, due_on=due)
    title = gettext_noop("Audit of your declaration for %(credential)s: documents received")
    tell_move(
        step, title=title, body=lambda: _("The Board is reviewing them. You don't need to do anything right now.")
    )
    return audit


def _says_nothing_new(audit: Audit, note: str) -> bool:
    """Whether a repeated hand-in carries no new note; one with a different note must not pass as already received."""
    handed_in = audit.steps.filter(move=AuditMove.HAND_IN).order_by("id").last()
    return not note.strip() or (handed_in is not None and handed_in.note == note.strip())


@retry_on_conflict
@transaction.atomic
def say_not_available(*, audit: Audit, credit: Credit, reason: str, by: User, at: datetime) -> Audit:
    """Record why a declared credit has no document; an empty reason withdraws an earlier one. Idempotent.

    Raises MoveRefused if the audit is decided, or the credit is not in the latest submission.
    """
    audit = locked(audit)
    if not may_answer(by, audit):
        raise MoveRefused(_("This audit has been decided. Nothing more can be added."))
    if queries.declared_row(audit, credit.uuid) is None:
        raise MoveRefused(_("This credit is not part of the latest submission."))
    reason, known = reason.strip(), NotAvailable.objects.filter(audit=audit, credit=credit)
    if not reason:
        known.delete()
    elif not known.filter(reason=reason).exists():
        NotAvailable.objects.update_or_create(audit=audit, credit=credit, defaults={"reason": reason, "at": at})
    return audit


@retry_on_conflict
@transaction.atomic
def amend(*, audit: Audit, instead: Sequence[NewShare], attestation: Attestation, by: User, at: datetime) -> Audit:
    """Replace refused credits with others, signed again; what was declared originally is kept. Idempotent.

    Raises MoveRefused if a replacement can't count in that place, or the declaration would still be incomplete.
    """
    if not may_amend(by, audit):
        raise MoveRefused(_("You can replace credits only after the Board has asked for more."))
    amend_declaration(declaration=audit.declaration, instead=instead, attestation=attestation, by=by, at=at)
    audit = locked(audit)
    if not may_amend(by, audit):
        raise MoveRefused(_("You can replace credits only after the Board has asked for more."))
    return audit


def shares_of(audit: Audit, chosen: Sequence[tuple[str, str, Decimal]]) -> list[NewShare]:
    """What a holder chose to put in place of refused credits; raises MoveRefused for credits of others."""
    own = Credit.objects.filter(holder=audit.holder_id).values_list("uuid", "pk")
    keys = {str(uuid): pk for uuid, pk in own}
    if unknown := [uuid for uuid, _area, _points in chosen if uuid not in keys]:
        raise MoveRefused(_("Credits that are not yours: %(count)s.") % {"count": len(unknown)})
    return [NewShare(keys[uuid], area, points) for uuid, area, points in chosen]


@retry_on_conflict
@transaction.atomic
def answer(*, audit: Audit, uuid: UUID, text: str, by: User, at: datetime) -> Note:
    """Reply to a note of the Board while the audit is open; the reply shows as waiting until the Board acts."""
    audit = locked(audit)
    if not may_answer(by, audit):
        raise MoveRefused(_("This audit has been decided. Nothing more can be added."))
    return answer_note(declaration=audit.declaration, uuid=uuid, text=text, by=by, at=at)
