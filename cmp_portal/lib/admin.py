"""Model admins that ask for one of our permissions instead of Django's four per model."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from import_export.admin import ExportMixin

from cmp_portal.lib.spreadsheets import safe


class PermissionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who holds `see` may look, who holds `keep` may add and change; nothing is deleted."""

    see: ClassVar[str]
    keep: ClassVar[str | None] = None
    view_on_site = False

    def _may(self, request: HttpRequest, permission: str | None) -> bool:
        return permission is not None and bool(getattr(request.user, "may", lambda _: False)(permission))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.see)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.see) or self._may(request, self.keep)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self._may(request, self.keep)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.keep)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A filter with a NUL or a year of ten digits, which nothing can be, is dropped like one for no column."""
        if any("\0" in text for _name, texts in request.GET.lists() for text in texts):
            return redirect(request.path)
        try:
            return super().changelist_view(request, extra_context)
        except OverflowError:
            return redirect(request.path)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """A column without a name is none."""
        return super().get_object(request, object_id, from_field or None)


class ExportingAdmin(ExportMixin, PermissionAdmin):  # type: ignore[misc]
    """Who may see all of the list may take it along as a file."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """What no list could be filtered by leads back to the list."""
        try:
            return cast(HttpResponse, super().export_action(request))  # type: ignore[no-untyped-call]
        except (IncorrectLookupParameters, OverflowError, ValueError):
            return redirect("..")

    def get_data_for_export(self, *args: Any, **kwargs: Any) -> Any:
        """The package would take the sign away from “=…” and leave “+…”, “-…” and “@…” as they are."""
        data = super().get_data_for_export(*args, **kwargs)  # type: ignore[no-untyped-call]
        return type(data)(*([safe(cell) for cell in row] for row in data), headers=data.headers)
