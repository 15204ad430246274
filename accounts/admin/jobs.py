from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import queries
from accounts.enums import Permission
from accounts.models import JobRun
from cmp_portal.lib import clock
from cmp_portal.lib.admin import PermissionAdmin
from cmp_portal.lib.formatting import span_words


class StateFilter(admin.SimpleListFilter):
    """Filter runs by state."""

    title = gettext_lazy("state")
    parameter_name = "state"
    conditions = {
        "done": Q(ended_at__isnull=False, error=""),
        "failed": ~Q(error=""),
        "open": Q(ended_at=None),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("done", _("Done")), ("failed", _("Failed")), ("open", _("Not finished"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JobRun]) -> QuerySet[JobRun]:
        return queryset.filter(self.conditions.get(self.value() or "", Q()))


@admin.register(JobRun)
class JobRunAdmin(PermissionAdmin):
    """The status of each job against its schedule, above the list of runs."""

    see = Permission.ADMINISTER
    list_display = ["mark", "name", "started_at", "took", "rows", "turned_away", "error"]
    list_display_links = None  # a run has no details page
    list_filter = [StateFilter, "name"]
    list_per_page = 50
    date_hierarchy = "started_at"
    ordering = ["-started_at", "-id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobRun]:
        return queries.job_runs()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"title": _("Job runs"), "page": queries.jobs_page(at=clock.now())}
        return super().changelist_view(request, {**(extra_context or {}), **context})

    @admin.display(description=gettext_lazy("state"))
    def mark(self, run: Any) -> str:
        """For a run annotated with `is_held`, as by `get_queryset`."""
        mark = queries.mark_of(queries.run_state(run, is_held=run.is_held, at=clock.now()))
        return render_to_string("admin/accounts/jobrun/_mark.html", {"mark": mark})

    @admin.display(description=gettext_lazy("took"))
    def took(self, run: JobRun) -> str | None:
        return span_words(run.ended_at - run.started_at) if run.ended_at else None
