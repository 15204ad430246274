"""What may be done with a dispute now: asked by the form and by the action alike."""

from accounts.enums import Permission
from accounts.models import User
from education.enums import DisputeState
from education.models import Dispute


def may_decide(user: User, dispute: Dispute) -> bool:
    """Whether the user keeps the register and the dispute is open and not their own."""
    own = user.holder_id == dispute.holder_id
    return dispute.state == DisputeState.OPEN and user.may(Permission.REGISTER) and not own
