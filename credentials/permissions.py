"""What may be done with a request: asked by the button and by the action alike."""

from accounts.enums import Permission, RequestState
from accounts.models import User
from credentials.models import Credential, SynchronisationRequest


def may_answer(user: User, request: SynchronisationRequest) -> bool:
    """Whether the user keeps the register; nobody decides on their own."""
    return user.may(Permission.REGISTER) and user.holder_id != request.holder_id


def may_decide(user: User, request: SynchronisationRequest) -> bool:
    """Whether the request is open, and the user's to decide."""
    return request.state == RequestState.OPEN and may_answer(user, request)


def may_hold(user: User, credential: Credential) -> bool:
    """Whether the user keeps the register; nobody decides about their own credential."""
    return user.may(Permission.REGISTER) and user.holder_id != credential.holder_id
