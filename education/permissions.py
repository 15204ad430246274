"""Who may decide about disputes, possible duplicates and feeds; checked by both the forms and the actions."""

from accounts.enums import Permission
from accounts.models import Holder, User
from education.enums import DisputeState, MatchState
from education.models import Dispute, Match
from education.rules.matching import DECISIONS


def may_answer(user: User, dispute: Dispute) -> bool:
    """Whether the user may answer disputes for the Board; nobody answers their own."""
    return user.may(Permission.REGISTER) and user.holder_id != dispute.holder_id


def may_decide(user: User, dispute: Dispute) -> bool:
    """Whether the dispute is open and the user may answer it."""
    return dispute.state == DisputeState.OPEN and may_answer(user, dispute)


def may_keep_feeds(user: User) -> bool:
    """Whether the user may upload and undo feeds, and assign lines to holders."""
    return user.may(Permission.REGISTER)


def may_give(user: User, holder: Holder) -> bool:
    """Whether the user may assign a line to this holder; nobody assigns lines to themselves."""
    return may_keep_feeds(user) and user.holder_id != holder.pk


def may_decide_match(user: User, match: Match) -> bool:
    """Whether the user may decide matches for the Board; nobody decides about their own."""
    return user.may(Permission.REGISTER) and user.holder_id != match.holder_id


def match_decisions_of(user: User, match: Match) -> list[MatchState]:
    """The decisions that the user may make for the Board now."""
    possible = [after for after, befores in DECISIONS.items() if match.state in befores]
    return possible if may_decide_match(user, match) else []
