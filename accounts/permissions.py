"""Who may open a page at all; which objects they see there is decided by queries."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from accounts.enums import Permission, RequestState
from accounts.models import Change, Holder, User

P = ParamSpec("P")
Thing = TypeVar("Thing", bound=Model)
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


def own_or_404(request: HttpRequest, visible_to: Callable[[User], QuerySet[Thing]], **which: Any) -> Thing:
    """The one of the logged-in holder's own; 404 also for what the user may see as staff."""
    user = user_of(request)
    return get_object_or_404(visible_to(user).filter(holder_id=user.holder_key), **which)


def may_decide_change(user: User, change: Change) -> bool:
    """Whether the user keeps the register, and the request is open and not their own."""
    is_own = user.holder_id == change.holder_id
    return user.may(Permission.REGISTER) and change.state == RequestState.OPEN and not is_own
