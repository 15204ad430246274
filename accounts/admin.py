from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.enums import Permission
from accounts.models import Alert, Holder, JobRun, User
from cmp_portal.lib import clock
from cmp_portal.lib.admin import PermissionAdmin
from cmp_portal.lib.words import span_words


@admin.register(Holder)
class HolderAdmin(PermissionAdmin):
    see = Permission.SEE_RECORDS
    keep = Permission.REGISTER
    list_display = ["customer_number", "last_name", "first_name", "email"]
    search_fields = ["customer_number", "last_name", "email"]
    ordering = ["last_name", "first_name", "id"]
    show_full_result_count = False


@admin.register(User)
class UserAdmin(PermissionAdmin):
    see = keep = Permission.ADMINISTER
    list_display = ["email", "holder", "roles", "is_active"]
    list_select_related = ["holder"]
    search_fields = ["email"]
    ordering = ["email"]
    fields = ["email", "roles", "is_active"]
    readonly_fields = ["email"]

    def has_add_permission(self, request: object, *args: object) -> bool:
        """A sign-in is made by registering, so that its address is proven."""
        return False


@admin.register(Alert)
class AlertAdmin(PermissionAdmin):
    see = Permission.SEE_RECORDS
    list_display = ["title", "kind", "holder", "created_at", "emailed_at", "failed_at"]
    list_select_related = ["holder"]
    list_filter = ["kind"]
    ordering = ["-created_at", "-id"]
    show_full_result_count = False


class StateFilter(admin.SimpleListFilter):
    """By what has become of a run."""

    title = _("state")
    parameter_name = "state"
    conditions = {
        "done": Q(ended_at__isnull=False, error=""),
        "failed": ~Q(error=""),
        "open": Q(ended_at=None),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("done", _("Done")), ("failed", _("Failed")), ("open", _("Without an end"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JobRun]) -> QuerySet[JobRun]:
        return queryset.filter(self.conditions.get(self.value() or "", Q()))


@admin.register(JobRun)
class JobRunAdmin(PermissionAdmin):
    """How each job does against its schedule, above all its runs."""

    see = Permission.ADMINISTER
    list_display = ["mark", "name", "started_at", "took", "rows", "turned_away", "error"]
    list_display_links = None  # there is no more to be seen of one
    list_filter = [StateFilter, "name"]
    list_per_page = 50
    date_hierarchy = "started_at"
    ordering = ["-started_at", "-id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobRun]:
        return queries.job_runs()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"title": _("Runs of jobs"), "page": queries.jobs_page(at=clock.now())}
        return super().changelist_view(request, {**(extra_context or {}), **context})

    @admin.display(description=_("state"))
    def mark(self, run: JobRun) -> str:
        mark = queries.mark_of(queries.state_of(run, is_held=run.is_held, at=clock.now()))  # type: ignore[attr-defined]  # annotated
        return render_to_string("admin/accounts/jobrun/_mark.html", {"mark": mark})

    @admin.display(description=_("took"))
    def took(self, run: JobRun) -> str | None:
        return span_words(run.ended_at - run.started_at) if run.ended_at else None
