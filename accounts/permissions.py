"""Who may open a page at all; which objects they see there is decided by queries."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.enums import Permission, RequestState
from accounts.models import Change, Holder, User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def permission_required(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Decorator that answers 403 to users without the permission; anonymous visitors never get this far."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not user_of(request).may(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return cast(View[P], guarded)

    return decorate


def user_of(request: HttpRequest) -> User:
    """The logged-in user; PermissionDenied for anonymous visitors."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def holder_of(request: HttpRequest) -> Holder:
    """The record of the logged-in holder; PermissionDenied for a user without one."""
    user = user_of(request)
    if user.holder is None:
        raise PermissionDenied
    return user.holder


def may_decide_change(user: User, change: Change) -> bool:
    """Whether the user keeps the register, and the request is open and not their own."""
    is_own = user.holder_id == change.holder_id
    return user.may(Permission.REGISTER) and change.state == RequestState.OPEN and not is_own
