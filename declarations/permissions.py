"""What a user may do with a declaration now; used for the buttons and enforced by the actions alike."""

from collections.abc import Callable

from django.conf import settings

from accounts.enums import Permission
from accounts.models import User
from declarations.enums import Move, State
from declarations.models import Declaration
from declarations.rules import ANSWERABLE, UNDECIDED, can_move

HOLDERS_MOVES = frozenset({Move.SUBMIT, Move.WITHDRAW, Move.APPEAL, Move.AMEND})
AUDITORS_MOVES = frozenset({Move.AUDIT})
APPEALS_MOVES = frozenset({Move.UPHOLD, Move.OVERTURN})
# Outcomes of an audit, which the auditor decides unless there is an objection.
OUTCOMES_OF_AUDITS = frozenset({Move.APPROVE, Move.DENY})

# Objections that dependent apps raise against a move; each app registers its own when it is loaded.
Objection = Callable[[User, Declaration, Move], str]
OBJECTIONS: list[Objection] = []


def objection_to(user: User, declaration: Declaration, move: Move) -> str:
    """Why a move must not be made although the transition table allows it; empty if there is no objection."""
    return next(filter(None, (ask(user, declaration, move) for ask in OBJECTIONS)), "")


def needed_for(move: Move) -> Permission:
    """The permission that a move requires."""
    if move in HOLDERS_MOVES:
        return Permission.DECLARE
    return Permission.AUDIT if move in AUDITORS_MOVES else Permission.REVIEW


def may_ever_move(user: User, declaration: Declaration, move: Move) -> bool:
    """Whether the user's roles and the declaration's holder allow the move at all; nobody decides on their own."""
    own = user.holder_id == declaration.holder_id
    return _has_role(user, declaration, move) and own == (move in HOLDERS_MOVES)


def _has_role(user: User, declaration: Declaration, move: Move) -> bool:
    audits = declaration.state == State.UNDER_AUDIT and move in OUTCOMES_OF_AUDITS
    return user.may(needed_for(move)) or (audits and user.may(Permission.AUDIT))


def may_move(user: User, declaration: Declaration, move: Move) -> bool:
    """Whether the transition table allows the move now, and the user may make it."""
    is_possible = can_move(declaration.state, move) and may_ever_move(user, declaration, move)
    if not is_possible or (move in APPEALS_MOVES and needs_other_eyes(user, declaration)):
        return False
    return not objection_to(user, declaration, move)


def needs_other_eyes(user: User, declaration: Declaration) -> bool:
    """Whoever denied a declaration may not decide its appeal, unless the Board allows it."""
    is_own_denial = declaration.state == State.APPEALED and declaration.decided_by_id == user.pk
    return settings.APPEAL_NEEDS_OTHER_EYES and is_own_denial


def moves_of(user: User, declaration: Declaration) -> list[Move]:
    """The moves to offer, in the order of `Move`."""
    return [move for move in Move if may_move(user, declaration, move)]


def may_take(user: User, declaration: Declaration) -> bool:
    """Whether the user may claim the declaration to decide it; nobody decides on their own."""
    is_reviewer = user.may(Permission.REVIEW) and user.holder_id != declaration.holder_id
    return declaration.state in UNDECIDED and is_reviewer and not needs_other_eyes(user, declaration)


def may_judge(user: User, declaration: Declaration) -> bool:
    """Whether the user may rule on its credits here; under audit, the auditor does so on the audit's page."""
    return declaration.state == State.SUBMITTED and may_take(user, declaration)


def may_answer_note(user: User, declaration: Declaration) -> bool:
    """Whether the user may answer the Board's notes about it: only its holder."""
    return user.may(Permission.DECLARE) and user.holder_id == declaration.holder_id


def may_reply(user: User, declaration: Declaration) -> bool:
    """Whether the user may answer the Board's notes on the declaration's page."""
    return declaration.state in ANSWERABLE and may_answer_note(user, declaration)


def may_note(user: User, declaration: Declaration) -> bool:
    """Whether the user may write notes about it: reviewers and auditors, but not about their own."""
    works = user.may(Permission.REVIEW) or user.may(Permission.AUDIT)
    return works and user.holder_id != declaration.holder_id
