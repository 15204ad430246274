"""The sessions of an account."""

from typing import cast

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.views import list_usersessions
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import actions, queries
from accounts.permissions import user_of

_end_all_others = reauthentication_required(list_usersessions)


@require_http_methods(["GET", "POST", "HEAD"])
def sessions(request: HttpRequest) -> HttpResponseBase:
    """allauth's page: everyone may view their sessions; ending all others requires reauthentication."""
    answer = _end_all_others(request) if request.method == "POST" else list_usersessions(request)
    return cast(HttpResponseBase, answer)


@require_POST
@reauthentication_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the user's own sessions; idempotent."""
    for session in queries.sessions_visible_to(user_of(request)).filter(pk=pk):
        actions.end_session(session=session)
    messages.success(request, _("Session ended. That browser is logged out."))
    return redirect("usersessions_list")
