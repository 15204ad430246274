"""What holds for every request, whatever its view."""

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
from cmp_portal.lib.gently import Busy
from cmp_portal.lib.places import language_of, zone_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# Where one may go to set up the second factor, or to leave; and what the pages for it ask by themselves.
OPEN_WITHOUT = ("mfa_", "account_logout", "account_reauthenticate", "account_email", "account_confirm_email", "lasting")


class BusyMiddleware:
    """A flood of sign-ins is asked to come back, while all other pages go on."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not isinstance(problem, Busy):
            return None
        answer = render(request, "503.html", status=503)
        answer["Retry-After"] = "5"
        return answer


class SecondFactorMiddleware:
    """The Board's staff log in with two factors, and all others where it asks for that: who has one sets up another."""

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
    """Here, or at the Board's own provider in this very session."""
    return request.session.get(TWO_FACTORS_ELSEWHERE) == user.pk or bool(is_mfa_enabled(user))


class HolderPlaceMiddleware:
    """Pages speak the holder's language and tell moments by their clock; who the user is has been asked already."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        # Without a session nobody is signed in, and no question is worth asking.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return
        holder = request.user.holder if isinstance(request.user, User) else None
        wishes = correspondence_of(holder) if holder else None
        if wishes and wishes.language:
            translation.activate(language_of(wishes.language))
            request.LANGUAGE_CODE = translation.get_language()
        if wishes and wishes.time_zone:
            timezone.activate(zone_of(wishes.time_zone))
