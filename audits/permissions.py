"""What may be done with an audit now: asked by the button and by the action alike."""

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext as _

from accounts.enums import Permission
from accounts.models import User
from audits import queries
from audits.enums import AuditMove, AuditState
from audits.models import Audit
from audits.rules import may_audit
from audits.rules.moves import OPEN, can_move, may_follow
from declarations.enums import Move, State
from declarations.models import Declaration

HOLDERS_MOVES = frozenset({AuditMove.HAND_IN})
OUT_OF_REVIEW = frozenset({Move.APPROVE, Move.RETURN, Move.DENY})


def is_at_hand(audit: Audit) -> bool:
    """Whether its declaration is under audit: one that was returned rests until it comes back."""
    return audit.declaration.state == State.UNDER_AUDIT


def may_ever_audit(user: User, audit: Audit) -> bool:
    """Whether the user's roles allow it at all; nobody audits their own record, or a marked colleague's."""
    return user.may(Permission.AUDIT) and may_audit(queries.auditor_facts(user), audit.holder_id)


def refusal(user: User, audit: Audit, move: AuditMove) -> str:
    """Why the user may not make a move that the audit's state allows; empty where they may."""
    if move in HOLDERS_MOVES:
        is_own = user.holder_id == audit.holder_id and user.may(Permission.DECLARE)
        return "" if is_own else _("Only the holder can submit the documents.")
    return (
        _not_theirs(user, audit, move)
        if may_ever_audit(user, audit)
        else _("You are not allowed to audit this declaration.")
    )


def _not_theirs(user: User, audit: Audit, move: AuditMove) -> str:
    """An audit is moved by its auditor; that it fails, with four eyes, by somebody else."""
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
    """The moves to offer to who audits, in the table's order."""
    if not is_at_hand(audit) or not may_ever_audit(user, audit):
        return []
    possible = [move for move in AuditMove if move not in HOLDERS_MOVES and can_move(audit.state, move)]
    return [move for move in possible if not _not_theirs(user, audit, move)]


def may_find(user: User, audit: Audit) -> bool:
    """Whether the user may say which of its credits are proven."""
    is_theirs = audit.state == AuditState.UNDER_REVIEW and audit.auditor_id in {None, user.pk}
    return is_theirs and is_at_hand(audit) and may_ever_audit(user, audit)


def may_answer(user: User, audit: Audit) -> bool:
    """Whether its holder may still hand in documents, or say why there are none."""
    is_own = user.holder_id == audit.holder_id and user.may(Permission.DECLARE)
    return is_own and audit.state in OPEN and is_at_hand(audit)


def may_amend(user: User, audit: Audit) -> bool:
    """Whether its holder may put other credits in the place of those that were not accepted."""
    return audit.state == AuditState.MORE_NEEDED and may_answer(user, audit)


def objection(user: User, declaration: Declaration, move: Move) -> str:
    """Why a declaration must not leave its audit by this move, or not by this person; empty where it may."""
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
