from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.enums import Permission
from accounts.models import Holder
from accounts.permissions import user_of
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import FILTERS, number
from cmp_portal.lib.admin import PermissionAdmin
from cmp_portal.lib.fields import typed
from education import queries
from education.actions import intake
from education.forms import DismissForm
from education.models import IntakeRow
from education.permissions import may_keep_feeds


class WaitingFilter(admin.SimpleListFilter):
    """Shows the queue unless another choice is made."""

    title = gettext_lazy("whether it is waiting")
    parameter_name = "lines"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", _("Waiting for a holder")), ("settled", _("Settled")), ("rejected", _("Rejected"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[IntakeRow]) -> QuerySet[IntakeRow]:
        if self.value() == "waiting":
            return queryset.filter(pk__in=IntakeRow.objects.waiting().values("pk"))
        if self.value() == "settled":
            return queryset.exclude(resolved_at=None)
        return queryset.filter(outcome="rejected") if self.value() == "rejected" else queryset


@admin.register(IntakeRow)
class IntakeRowAdmin(PermissionAdmin):
    """Lines that could not be used as they came, and the page for assigning one to its holder."""

    see = Permission.SEE_RECORDS
    list_display = ["reason", "provider", "external_id", "batch", "line", "code", "resolved_at"]
    list_select_related = ["batch__provider"]
    list_filter = [WaitingFilter, "code", "batch__provider"]
    search_fields = ["external_id", "reason"]
    ordering = ["-batch", "line"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("provider"))
    def provider(self, row: IntakeRow) -> str:
        return str(row.batch.provider)

    def get_urls(self) -> list[URLPattern]:
        name = "education_intakerow"
        resolve, dismiss = (self.admin_site.admin_view(require_POST(view)) for view in (self.resolve, self.dismiss))
        return [
            path("<int:pk>/resolve/", resolve, name=f"{name}_resolve"),
            path("<int:pk>/dismiss/", dismiss, name=f"{name}_dismiss"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the line says, its possible holders, and the buttons for users who may decide."""
        row = self._seen(request, number(object_id) or 0)
        asked = request.GET.get("q", "").replace("\0", "")[:100]
        page = queries.line_page(row, asked=asked, may_decide=may_keep_feeds(user_of(request)))
        template = "admin/education/intakerow/line.html"
        filters = request.GET.get(FILTERS, "")
        return self.render_page(request, template, title=page.title, page=page, form=DismissForm(), filters=filters)

    def resolve(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        holder = Holder.objects.filter(pk=number(request.POST.get("holder", "")) or 0).first()
        if holder is None:
            return self._settle(request, pk, _nobody)
        return self._settle(request, pk, partial(intake.resolve, holder=holder))

    def dismiss(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        note = typed(request, "note", most=300)
        return self._settle(request, pk, partial(intake.dismiss, note=note))

    def _settle(self, request: HttpRequest, pk: int, action: Callable[..., IntakeRow]) -> HttpResponseBase:
        row = self._seen(request, pk)
        if not may_keep_feeds(user_of(request)):
            raise PermissionDenied
        try:
            settled = action(row=row, by=user_of(request), at=clock.now())
            messages.success(request, _settled(settled))
        except intake.RowRefused as refusal:
            messages.error(request, str(refusal))
        return redirect(self.keep_filters(request, reverse("admin:education_intakerow_change", args=[pk])))

    def _seen(self, request: HttpRequest, pk: int) -> IntakeRow:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = IntakeRow.objects.select_related("batch__provider", "resolved_by", "resolved_to")
        return get_object_or_404(rows, pk=pk)


def _settled(row: IntakeRow) -> str:
    if row.resolved_to is None:
        return _("Line %(line)s was dismissed.") % {"line": row.line}
    count = queries.lines_applied_with(row)
    if count == 1:
        return _("Line %(line)s was applied to %(holder)s.") % {"line": row.line, "holder": row.resolved_to}
    words = {"count": count, "holder": row.resolved_to}
    return _("%(count)s lines with the same number and name were applied to %(holder)s.") % words


def _nobody(**_values: Any) -> IntakeRow:
    raise intake.RowRefused(_("Choose a holder."))
