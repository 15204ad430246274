"""The pages of providers' systems, and their buttons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.enums import Permission
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin

Facts = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Button:
    """An action that is possible now, its effect, and the values sent with it."""

    label: str
    url: str
    note: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)


class Unreadable(Exception):
    """The request does not contain what the button sends."""


class SystemAdmin(PermissionAdmin):
    """Visible to those who keep the reference data; registrars may act, and each action has its own URL."""

    see, keep = Permission.REFERENCE, Permission.REGISTER
    acts: dict[str, Callable[..., HttpResponseBase]] = {}

    def get_urls(self) -> list[URLPattern]:
        return [*(self._path(name) for name in self.acts), *super().get_urls()]

    def _path(self, name: str) -> URLPattern:
        @require_POST
        def act(request: HttpRequest, pk: int) -> HttpResponseBase:
            if not self.has_change_permission(request):
                raise PermissionDenied
            row = get_object_or_404(self.model, pk=pk)
            try:
                return self.acts[name](self, request, row)
            except Unreadable:
                messages.error(request, _("Please open this page again."))
                return redirect(self.keep_filters(request, self.address("change", pk)))

        place = f"education_{self.opts.model_name}_{name}"
        return path(f"<int:pk>/{name}/", self.admin_site.admin_view(act), name=place)

    def address(self, page: str, *args: object) -> str:
        return reverse(f"admin:education_{self.opts.model_name}_{page}", args=args)

    def seen(self, request: HttpRequest, object_id: str) -> Any:
        if not self.has_view_permission(request) or (
            request.method == "POST" and not self.has_change_permission(request)
        ):
            raise PermissionDenied
        return get_object_or_404(self.model, pk=number(object_id) or 0)

    def sent(self, form: forms.Form) -> dict[str, Any]:
        """The values that a button sends."""
        if not form.is_valid():
            raise Unreadable
        return form.cleaned_data

    def adding(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied

    def page(self, request: HttpRequest, title: str, **values: Any) -> HttpResponse:
        """The page: `facts`, a `secret` to show, a `form`, permitted `buttons`, and the `attempts` of a notice."""
        if not self.has_change_permission(request):
            values |= {"form": None, "buttons": []}
        return self.render_page(request, "admin/education/system.html", title=title, **values)

    def has_history_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)
