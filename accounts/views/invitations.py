"""Invitations by letter to link a record to an account."""

from typing import cast

from allauth.account.utils import perform_login
from allauth.core.internal import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import actions, queries
from accounts.enums import InvitationState
from accounts.forms import FirstPasswordForm
from accounts.models import Letter, User
from cmp_portal.lib import clock


@never_cache
@login_not_required
@sensitive_post_parameters("new_password1", "new_password2")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """Accept an invitation: choose a password, or link the record to one's existing account."""
    letter = queries.invitation_of(token)
    if letter is None:
        return _over(request, InvitationState.UNKNOWN, status=404)
    if request.method == "POST" and not ratelimit.consume(request, app="allauth.account", action="signup"):
        return ratelimit.respond_429(request)
    try:
        if isinstance(request.user, User):
            return _linked(request, letter, request.user)
        return _chosen(request, letter)
    except actions.InvitationRefused as refusal:
        return _over(request, refusal.state, status=410)


def _chosen(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    sent = request.POST if request.method == "POST" else None
    form = FirstPasswordForm(User(email=letter.email), sent)
    if form.is_valid():
        password = form.cleaned_data["new_password1"]
        user = actions.accept(letter=letter, password=password, at=clock.now())
        messages.success(request, _("Welcome: your record is linked, and these are your credentials."))
        return cast(HttpResponseBase, perform_login(request, user, email=user.email))
    if request.method == "GET":
        _refuse_what_is_over(letter)
    return _page(request, letter, form)


def _linked(request: HttpRequest, letter: Letter, user: User) -> HttpResponseBase:
    if request.method == "POST":
        user = actions.accept_as(letter=letter, by=user, at=clock.now())
        actions.note_browser_language(user=user, language=get_language_from_request(request))
        messages.success(request, _("Your record is linked. These are your credentials."))
        return redirect("account:dashboard")
    _refuse_what_is_over(letter)
    if user.holder_id is not None:
        raise actions.InvitationRefused(InvitationState.OTHER_RECORD)
    return _page(request, letter, None)


def _refuse_what_is_over(letter: Letter) -> None:
    state = queries.state_of(letter, at=clock.now())
    if state != InvitationState.OPEN:
        raise actions.InvitationRefused(state)


def _page(request: HttpRequest, letter: Letter, form: FirstPasswordForm | None) -> HttpResponse:
    context = {"form": form, "name": letter.holder.first_name or letter.holder.name, "email": letter.email}
    return render(request, "accounts/invitation.html", context, status=422 if form and form.errors else 200)


def _over(request: HttpRequest, state: InvitationState, *, status: int) -> HttpResponse:
    page = queries.invitation_over(state, back=request.path)
    return render(request, "accounts/invitation_over.html", {"page": page}, status=status)
