"""Who may do what with an audit now; used by both pages and actions."""

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext as _

from accounts.enums import Permission
from accounts.models import User
from audits import queries
from audits.enums import AuditMove, AuditState
from audits.models import Audit
from audits.rules import AuditorFacts, may_audit
from audits.rules.moves import OPEN, can_move, may_follow
from declarations.enums import Move, State
from declarations.models import Declaration

HOLDERS_MOVES = frozenset({AuditMove.HAND_IN})
OUT_OF_REVIEW = frozenset({Move.APPROVE, Move.RETURN, Move.DENY})


def is_at_hand(audit: Audit) -> bool:
    """Whether the declaration is under audit; a returned one pauses its audit until it comes back."""
    return audit.declaration.state == State.UNDER_AUDIT


def may_ever_audit(user: User, audit: Audit, *, facts: AuditorFacts | None = None) -> bool:
    """Whether the user may audit this at all: by role, and neither their own record nor that of a marked colleague.

    `facts` are those of the user, where they are needed for many audits.
    """
    return user.may(Permission.AUDIT) and may_audit(facts or queries.auditor_facts(user), audit.holder_id)


def why_not(user: User, audit: Audit, move: AuditMove, *, facts: AuditorFacts | None = None) -> str:
    """Why the user may not make the move now; empty if they may."""
    if not can_move(audit.state, move):
        state = AuditState(audit.state).label
        return _("This audit is now “%(state)s”, so that is no longer possible.") % {"state": state}
    if not is_at_hand(audit):
        return _("The declaration is with its holder. The audit is paused until it comes back.")
    return _refusal(user, audit, move, facts)


def _refusal(user: User, audit: Audit, move: AuditMove, facts: AuditorFacts | None) -> str:
    """Why the user may not make a move that the audit's state allows; empty if they may."""
    if move in HOLDERS_MOVES:
        is_own = user.holder_id == audit.holder_id and user.may(Permission.DECLARE)
        return "" if is_own else _("Only the holder can submit the documents.")
    return (
        _not_theirs(user, audit, move)
        if may_ever_audit(user, audit, facts=facts)
        else _("You are not allowed to audit this declaration.")
    )


def _not_theirs(user: User, audit: Audit, move: AuditMove) -> str:
    """Only the auditor moves an audit; with the four-eyes setting, somebody else decides that it fails."""
    if move == AuditMove.TAKE:
        return _("This audit is already yours.") if audit.auditor_id == user.pk else ""
    if move in {AuditMove.PROPOSE, AuditMove.FAIL} and settings.AUDIT_FAIL_NEEDS_OTHER_EYES:
        proposer = queries.proposer_of(audit)
        if proposer == user.pk:
            return _("You proposed failing this audit. Another auditor decides.")
        if move == AuditMove.FAIL:
            return "" if proposer else _("Propose failing this audit first. Another auditor decides.")
    elif move == AuditMove.PROPOSE:
        return _("No one else has to agree. You can decide to fail this audit yourself.")
    return (
        "" if audit.auditor_id in {None, user.pk} else _("This audit belongs to another auditor. Take it over first.")
    )


def moves_of(user: User, audit: Audit) -> list[AuditMove]:
    """The moves to offer to an auditor, in the order of the table."""
    if not is_at_hand(audit) or not may_ever_audit(user, audit):
        return []
    possible = [move for move in AuditMove if move not in HOLDERS_MOVES and can_move(audit.state, move)]
    return [move for move in possible if not _not_theirs(user, audit, move)]


def may_find(user: User, audit: Audit) -> bool:
    """Whether the user may record findings on its credits."""
    is_theirs = audit.state == AuditState.UNDER_REVIEW and audit.auditor_id in {None, user.pk}
    return is_theirs and is_at_hand(audit) and may_ever_audit(user, audit)


def may_answer(user: User, audit: Audit) -> bool:
    """Whether the user is the holder and may still hand in documents, or explain why there are none."""
    is_own = user.holder_id == audit.holder_id and user.may(Permission.DECLARE)
    return is_own and audit.state in OPEN and is_at_hand(audit)


def may_amend(user: User, audit: Audit) -> bool:
    """Whether the user is the holder and may replace credits that were not accepted."""
    return audit.state == AuditState.MORE_NEEDED and may_answer(user, audit)


def objection(user: User, declaration: Declaration, move: Move) -> str:
    """Why the declaration may not leave its audit by this move, or not by this user; empty if it may."""
    if declaration.state != State.UNDER_AUDIT or move not in OUT_OF_REVIEW:
        return ""
    try:
        audit: Audit = declaration.audit
    except ObjectDoesNotExist:
        return ""
    if not may_follow(audit.state, move):
        return _("This declaration is under audit. The audit must be decided first.")
    if move == Move.APPROVE and not settings.AUDITOR_MAY_APPROVE:
        if user.pk in {audit.auditor_id, audit.decided_by_id}:
            return _("You audited this declaration. Someone else must approve it.")
        if not user.may(Permission.REVIEW):
            return _("This declaration must be approved by a reviewer.")
    return ""
