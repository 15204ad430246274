"""Registering, and single sign-on for staff."""

import logging

from allauth.account import views as allauth_views
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts import actions, signing_in
from cmp_portal.lib import clock
from cmp_portal.lib.openid import NotSignedIn

logger = logging.getLogger(__name__)


@login_not_required
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST", "HEAD"])
def sign_up(request: HttpRequest) -> HttpResponseBase:
    """allauth's page to register; no account remains if its email can't be sent, so that the form can be sent again."""
    with transaction.atomic():
        return allauth_views.signup(request)


@login_not_required
@require_GET
def staff_login(request: HttpRequest) -> HttpResponse:
    """Redirect to the identity provider; by a link, as the CSP restricts form submissions to this site."""
    if not settings.OIDC_ISSUER:
        raise Http404
    if not ratelimit.consume(request, app="allauth.account", action="login", limit_get=True):
        return ratelimit.respond_429(request)
    try:
        return redirect(signing_in.send_to_provider(request))
    except NotSignedIn as problem:
        return _not_signed_in(request, problem)


@login_not_required
@require_GET
def staff_callback(request: HttpRequest) -> HttpResponse:
    if not settings.OIDC_ISSUER:
        raise Http404
    try:
        claims = signing_in.claims_of(request)
        user = actions.admit_staff(told=signing_in.told_by(claims), at=clock.now())
    except NotSignedIn as problem:
        return _not_signed_in(request, problem)
    except actions.StaffRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("account_login")
    return signing_in.log_in(request, user, claims)


def _not_signed_in(request: HttpRequest, problem: NotSignedIn) -> HttpResponse:
    logger.warning("staff login through the provider failed: %s", problem)
    messages.error(request, _("%(name)s could not log you in. Please try again.") % {"name": settings.OIDC_NAME})
    return redirect("account_login")
