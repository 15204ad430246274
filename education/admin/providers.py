from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Permission
from accounts.permissions import user_of
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin, RecordForm
from cmp_portal.lib.deciding import Fact
from education import queries
from education.models import Provider


class ProviderForm(RecordForm):
    """A provider's details."""

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        start, end = said.get("approved_from"), said.get("approved_until")
        if start and end and end < start:
            self.add_error("approved_until", _("Choose a day that is not before the first day."))
        return said


@admin.register(Provider)
class ProviderAdmin(PermissionAdmin):
    """Providers: their approval period, contact, and what they have delivered."""

    see = Permission.BACK_OFFICE
    keep = Permission.REFERENCE
    list_display = ["code", "title", "approved_from", "approved_until", "contact_name", "contact_email"]
    search_fields = ["code", "title"]
    ordering = ["code"]
    form = ProviderForm
    fieldsets = [
        (None, {"fields": ["code", "title"]}),
        (
            gettext_lazy("Approval"),
            {
                "fields": ["approved_from", "approved_until"],
                "description": gettext_lazy(
                    "Lines for activities completed outside these days are rejected; an empty day sets no limit."
                    " Credits already posted stay."
                ),
            },
        ),
        (gettext_lazy("Contact"), {"fields": ["contact_name", "contact_email", "contact_phone"]}),
    ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form, followed by the provider's totals for users who may see records."""
        figures: tuple[Fact, ...] = ()
        if user_of(request).may(Permission.SEE_RECORDS):
            figures = queries.provider_figures(get_object_or_404(Provider, pk=number(object_id) or 0))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "figures": figures})
