"""Who may decide requests and holds; used by both pages and actions."""

from accounts.enums import Permission, RequestState
from accounts.models import User
from credentials.models import Credential, SynchronisationRequest


def may_answer(user: User, request: SynchronisationRequest) -> bool:
    """Whether the user keeps the register, and the request is not their own."""
    return user.may(Permission.REGISTER) and user.holder_id != request.holder_id


def may_decide(user: User, request: SynchronisationRequest) -> bool:
    """Whether the request is open, and the user may decide it."""
    return request.state == RequestState.OPEN and may_answer(user, request)


def may_hold(user: User, credential: Credential) -> bool:
    """Whether the user keeps the register, and the credential is not their own."""
    return user.may(Permission.REGISTER) and user.holder_id != credential.holder_id
