"""What may be done with a request: asked by the button and by the action alike."""

from accounts.enums import Permission, RequestState
from accounts.models import User
from credentials.models import SynchronisationRequest


def may_decide(user: User, request: SynchronisationRequest) -> bool:
    """Whether the user keeps the register and the request is open; nobody decides on their own."""
    is_own = user.holder_id == request.holder_id
    return user.may(Permission.REGISTER) and request.state == RequestState.OPEN and not is_own
