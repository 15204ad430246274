"""What may be decided about a dispute, a possible duplicate or a feed: asked by the form and by the action alike."""

from accounts.enums import Permission
from accounts.models import Holder, User
from education.enums import DisputeState, MatchState
from education.models import Dispute, Match
from education.rules.matching import DECISIONS


def may_answer(user: User, dispute: Dispute) -> bool:
    """Whether the user keeps the register; nobody answers their own."""
    return user.may(Permission.REGISTER) and user.holder_id != dispute.holder_id


def may_decide(user: User, dispute: Dispute) -> bool:
    """Whether the dispute is open, and the user's to answer."""
    return dispute.state == DisputeState.OPEN and may_answer(user, dispute)


def may_keep_feeds(user: User) -> bool:
    """Whether the user uploads and undoes feeds, and says whose their lines are."""
    return user.may(Permission.REGISTER)


def may_give(user: User, holder: Holder) -> bool:
    """Whether the user may give a line to this holder; nobody gives anything to themselves."""
    return may_keep_feeds(user) and user.holder_id != holder.pk


def may_decide_match(user: User, match: Match) -> bool:
    """Whether the user decides for the Board: who keeps the register does, but nobody about their own."""
    return user.may(Permission.REGISTER) and user.holder_id != match.holder_id


def match_decisions_of(user: User, match: Match) -> list[MatchState]:
    """What the user may decide for the Board now."""
    possible = [after for after, before in DECISIONS.items() if match.state == before]
    return possible if may_decide_match(user, match) else []
