from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from allauth.account.views import logout
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from accounts.permissions import user_of
from cmp_portal.lib import clock
from cmp_portal.lib.admin import PermissionAdmin
from cmp_portal.what_waits import what_waits

View = TypeVar("View", bound=Callable[..., Any])
# The portal has its own page for the first; the second would reveal rows that staff may not see.
LEFT_OUT = {"password_change_done", "view_on_site"}


class BoardAdminSite(admin.AdminSite):
    """The Board's back office."""

    site_header = _("CMP Portal: back office")
    site_title = _("CMP Portal")
    index_title = _("The Board's work")
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register only model admins that check the portal's permissions.

        Third-party packages bring admins for sessions, second factors and verified addresses; editing those would allow
        account takeover.
        """
        if admin_class is not None and issubclass(admin_class, PermissionAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [address for address in super().get_urls() if getattr(address, "name", None) not in LEFT_OUT]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The start page, with what waits for whoever looks."""
        waits = what_waits(user_of(request), at=clock.now())
        return super().index(request, {**(extra_context or {}), "waits": waits})

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Refuse logged-in users without access instead of asking them to log in again; anyone may log out."""
        if view == self.logout:
            return view
        entered = super().admin_view(view, cacheable)

        @wraps(entered)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return entered(request, *args, **kwargs)

        return cast(View, guarded)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the portal's login, with its rate limits and second factor."""
        index = reverse("admin:index", current_app=self.name)
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME) or index)
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect(index)

    @method_decorator(login_not_required)
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The portal's logout, which ends both; safe to repeat."""
        return logout(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Redirect to the portal's password change, which also requires reauthentication."""
        return redirect("account_change_password")
