"""Middleware for crowded log-ins, second factors, and the holder's language and time zone."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import correspondence_of
from accounts.signing_in import TWO_FACTORS_ELSEWHERE
from cmp_portal.lib.locales import language_of, zone_of
from cmp_portal.lib.throttled_work import Crowded

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# Views open without a second factor: to set it up, to log out, and what their pages request in the background.
OPEN_WITHOUT = ("mfa_", "account_logout", "account_reauthenticate", "account_email", "account_confirm_email", "lasting")


class CrowdedMiddleware:
    """Answer `Crowded` (too many log-ins at once) with 503 and Retry-After; other pages are not affected."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not isinstance(problem, Crowded):
            return None
        answer = render(request, "503.html", status=503)
        answer["Retry-After"] = "5"
        return answer


class SecondFactorMiddleware:
    """Require a second factor of staff or holders, as the settings say; users without one are sent to set it up."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not (settings.STAFF_SECOND_FACTOR or settings.HOLDER_SECOND_FACTOR) or name.startswith(OPEN_WITHOUT):
            return None
        if not isinstance(request.user, User) or not needs_two_factors(request.user):
            return None
        if has_two_factors(request, request.user):
            return None
        if request.user.is_staff:
            messages.warning(request, _("Set up a second factor first. The Board's staff log in with two factors."))
        else:
            messages.warning(request, _("Set up two-step login first. The Board requires it of everyone."))
        return redirect("mfa_index")


def needs_two_factors(user: User) -> bool:
    return settings.STAFF_SECOND_FACTOR if user.is_staff else settings.HOLDER_SECOND_FACTOR


def has_two_factors(request: HttpRequest, user: User) -> bool:
    """Whether a second factor is set up here, or was used at the identity provider in this session."""
    return request.session.get(TWO_FACTORS_ELSEWHERE) == user.pk or bool(is_mfa_enabled(user))


class HolderPlaceMiddleware:
    """Activate the holder's language and time zone for each page; needs no additional query for the user.

    The back office keeps the Board's time zone, whoever reads it: what is entered and shown there is on record.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        # Without a session nobody is logged in, so don't query.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return
        holder = request.user.holder if isinstance(request.user, User) else None
        kept = correspondence_of(holder) if holder else None
        if kept and kept.language:
            translation.activate(language_of(kept.language))
            request.LANGUAGE_CODE = translation.get_language()
        if kept and kept.time_zone and not _is_back_office(request):
            timezone.activate(zone_of(kept.time_zone))


def _is_back_office(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.namespace == "admin"
