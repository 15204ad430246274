"""The Board's part in an audit, from selection to outcome."""

from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from audits import queries
from audits.actions.moves import MoveRefused, keep_to_seen, locked, move, require_reason, tell_move
from audits.actions.selection import put_under_audit
from audits.enums import AuditMove
from audits.models import Audit, Round
from audits.rules.moves import DECIDED, WITH_HOLDER, can_move, due_on
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
from cmp_portal.lib.dates import longdate
from declarations.actions import approve, deny
from declarations.actions.locks import lock
from declarations.enums import Move
from declarations.models import Declaration
from declarations.permissions import may_move as may_move_declaration
from declarations.queries import judged_standing


@retry_on_conflict
@transaction.atomic
def select(*, declaration: Declaration, by: User, at: datetime, round: Round | None = None) -> Audit:
    """Put one submitted declaration under audit; idempotent.

    Raises MoveRefused if it is not submitted, was audited before, or is the user's own.
    """
    declaration = lock(declaration)
    known = Audit.objects.filter(declaration=declaration).first()
    if known is not None:
        return _known(known)
    if not may_move_declaration(by, declaration, Move.AUDIT):
        raise MoveRefused(_("You can select only someone else's submitted declaration for an audit."))
    put_under_audit([declaration.pk], round=round, at=at, by=by)
    return Audit.objects.get(declaration=declaration)


def _known(audit: Audit) -> Audit:
    if audit.state in DECIDED:
        raise MoveRefused(_("This declaration has already been audited."))
    return audit


@retry_on_conflict
@transaction.atomic
def take(*, audit: Audit, by: User, at: datetime, seen: int | None = None) -> Audit:
    """Make the user the auditor; idempotent. Taking over succeeds only from `seen`, the auditor the user saw."""
    audit = locked(audit)
    if audit.auditor is not None and audit.auditor_id not in {seen, by.pk}:
        words = _("%(colleague)s is now auditing this declaration. Check again before you take it over.")
        raise MoveRefused(words % {"colleague": audit.auditor})
    if audit.auditor_id != by.pk:
        move(audit, AuditMove.TAKE, by=by, at=at, auditor=by)
    return audit


@retry_on_conflict
@transaction.atomic
def request_documents(*, audit: Audit, by: User, at: datetime, note: str = "") -> Audit:
    """Request documents for everything declared; they are due after the Board's period, if it has set one."""
    audit = locked(audit)
    due = due_on(board_day(at), settings.AUDIT_DOCUMENTS_DAYS)
    step = move(audit, AuditMove.REQUEST, by=by, at=at, note=note, due_on=due, auditor=by)
    title = gettext_noop("Audit of your declaration for %(credential)s: documents needed")
    tell_move(step, title=title, body=lambda: _asked_words(note, due))
    return audit


def _asked_words(note: str, due: date | None) -> str:
    asked = _("The Board has requested a document for every credit you declared. Copies in English are fine.")
    until = _("Submit them by %(day)s.") % {"day": longdate(due)} if due else ""
    return "\n".join(filter(None, [asked, until, note.strip()]))


@retry_on_conflict
@transaction.atomic
def begin(*, audit: Audit, by: User, at: datetime, note: str = "") -> Audit:
    """Begin the review; without a hand-in, only after the due date (if any) and with a reason."""
    audit = locked(audit)
    if can_move(audit.state, AuditMove.BEGIN) and audit.state in WITH_HOLDER:
        _require_overdue(audit, on=board_day(at))
        require_reason(note)
    due = due_on(board_day(at), settings.AUDIT_REVIEW_DAYS)
    move(audit, AuditMove.BEGIN, by=by, at=at, note=note, due_on=due, auditor=by)
    return audit


def _require_overdue(audit: Audit, *, on: date) -> None:
    if audit.due_on is not None and on <= audit.due_on:
        raise MoveRefused(_("The holder has until %(day)s to submit documents.") % {"day": longdate(audit.due_on)})


@retry_on_conflict
@transaction.atomic
def ask_more(*, audit: Audit, by: User, at: datetime, note: str, seen: int | None = None) -> Audit:
    """Ask the holder for other documents or credits, with the reason.

    Here and in the functions below, `seen` is what `times_brought` was when the page was read: MoveRefused if the
    holder has added something since.
    """
    audit = locked(audit)
    keep_to_seen(audit, seen)
    require_reason(note)
    due = due_on(board_day(at), settings.AUDIT_DOCUMENTS_DAYS)
    step = move(audit, AuditMove.ASK_MORE, by=by, at=at, note=note, due_on=due)
    title = gettext_noop("Audit of your declaration for %(credential)s: more is needed")
    tell_move(step, title=title, body=lambda: _asked_again_words(note, due))
    return audit


def _asked_again_words(note: str, due: date | None) -> str:
    until = _("Answer by %(day)s.") % {"day": longdate(due)} if due else ""
    return "\n".join(filter(None, [note.strip(), until]))


@retry_on_conflict
@transaction.atomic
def extend(*, audit: Audit, until: date, by: User, at: datetime, note: str) -> Audit:
    """Extend the holder's deadline, or set the first one, with the reason; it can never be shortened."""
    audit = locked(audit)
    is_first = audit.due_on is None
    require_reason(note)
    if until <= board_day(at) or (audit.due_on is not None and until <= audit.due_on):
        raise MoveRefused(_("Choose a later day. A deadline can only be extended."))
    step = move(audit, AuditMove.EXTEND, by=by, at=at, note=note, due_on=until)
    first = gettext_noop("Audit of your declaration for %(credential)s: a deadline was set")
    later = gettext_noop("Audit of your declaration for %(credential)s: you have more time")
    tell_move(
        step,
        title=first if is_first else later,
        body=lambda: _("You have until %(day)s. %(why)s") % {"day": longdate(until), "why": note.strip()},
    )
    return audit


@retry_on_conflict
@transaction.atomic
def pass_audit(*, audit: Audit, by: User, at: datetime, note: str = "", seen: int | None = None) -> Audit:
    """Pass the audit; a reviewer then approves the declaration, or the auditor does at once if settings allow it."""
    audit = locked(audit)
    keep_to_seen(audit, seen)
    if can_move(audit.state, AuditMove.PASS):
        _require_proof(audit)
    step = move(audit, AuditMove.PASS, by=by, at=at, note=note, due_on=None, decided_at=at, decided_by=by)
    tell_move(step, title=gettext_noop("Audit of your declaration for %(credential)s passed"))
    if settings.AUDITOR_MAY_APPROVE:
        approve(declaration=audit.declaration, by=by, at=at)
        audit.declaration.refresh_from_db()
    return audit


def _require_proof(audit: Audit) -> None:
    if refusal := queries.why_not_passed(queries.verdicts_of(audit), judged_standing(audit.declaration)):
        raise MoveRefused(refusal)


@retry_on_conflict
@transaction.atomic
def propose_failing(*, audit: Audit, by: User, at: datetime, note: str, seen: int | None = None) -> Audit:
    """Propose to a second auditor that the audit fail, with the reason; the holder is not told yet."""
    audit = locked(audit)
    keep_to_seen(audit, seen)
    require_reason(note)
    move(audit, AuditMove.PROPOSE, by=by, at=at, note=note)
    return audit


@retry_on_conflict
@transaction.atomic
def fail(*, audit: Audit, by: User, at: datetime, note: str, seen: int | None = None) -> Audit:
    """Fail the audit for lack of proof, with the reason: the declaration is denied, and its holder may appeal."""
    audit = locked(audit)
    keep_to_seen(audit, seen)
    require_reason(note)
    move(audit, AuditMove.FAIL, by=by, at=at, note=note, due_on=None, decided_at=at, decided_by=by)
    deny(declaration=audit.declaration, by=by, at=at, note=note)
    audit.declaration.refresh_from_db()
    return audit
