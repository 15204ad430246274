from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.enums import Permission
from accounts.permissions import user_of
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin
from cmp_portal.lib.body_limits import takes_files
from cmp_portal.lib.uploads import UploadRefused
from education import queries
from education.actions import intake
from education.forms import FeedForm
from education.models import OUTCOMES, IntakeBatch
from education.permissions import may_keep_feeds


@admin.register(IntakeBatch)
class IntakeBatchAdmin(PermissionAdmin):
    """Feeds: uploaded for the worker, followed while they are processed, reported on, and undone as a whole."""

    see = Permission.SEE_RECORDS
    keep = Permission.REGISTER
    list_display = ["name", "provider", "state", "started_at", "lines", *OUTCOMES]
    list_select_related = ["provider"]
    list_filter = ["provider"]
    search_fields = ["name", "sha256"]
    ordering = ["-started_at", "-id"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("state"))
    def state(self, batch: IntakeBatch) -> str:
        return str(queries.feed_state(batch).label)

    def get_urls(self) -> list[URLPattern]:
        name = "education_intakebatch"
        rejected = self.admin_site.admin_view(require_GET(self.rejected))
        return [
            path("<int:pk>/undo/", self.admin_site.admin_view(self.undo), name=f"{name}_undo"),
            path("<int:pk>/rejected.csv", rejected, name=f"{name}_rejected"),
            *super().get_urls(),
        ]

    @takes_files
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Stores a file for the worker."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = FeedForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            given = {"provider": form.cleaned_data["provider"], "upload": form.cleaned_data["file"], "at": clock.now()}
            try:
                batch = intake.upload_feed(**given, by=user_of(request))
                if batch.started_at < given["at"]:
                    messages.info(
                        request, _("This file was received before. Only the lines that could not be used are checked.")
                    )
                return redirect(self._feed(request, batch.pk))
            except UploadRefused as refusal:
                form.add_error("file", str(refusal))
        return self._page(request, "upload", _("Upload a feed"), form=form)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The progress of the feed and its results."""
        batch = self._seen(request, number(object_id) or 0)
        page = queries.feed_page(batch, may_keep=may_keep_feeds(user_of(request)))
        return self._page(request, "feed", batch.name, page=page)

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Shows what undoing would do, and requests it once confirmed."""
        batch = self._seen(request, pk)
        if not may_keep_feeds(user_of(request)):
            raise PermissionDenied
        if batch.undo_asked_at:
            return redirect(self._feed(request, pk))
        if request.method != "POST":
            return self._page(request, "undo", _("Undo this feed?"), page=queries.undo_page(batch), batch=batch)
        try:
            intake.ask_undo(batch=batch, by=user_of(request), at=clock.now())
        except intake.UndoRefused as refusal:
            messages.error(request, str(refusal))
        return redirect(self._feed(request, pk))

    def rejected(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The rejected lines as a file for their sender, streamed."""
        lines = queries.rejected_csv(self._seen(request, pk))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="feed-{pk}-rejected.csv"'
        return answer

    def _seen(self, request: HttpRequest, pk: int) -> IntakeBatch:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(IntakeBatch.objects.select_related("provider", "received_by", "undo_asked_by"), pk=pk)

    def _feed(self, request: HttpRequest, pk: int) -> str:
        return self.keep_filters(request, reverse("admin:education_intakebatch_change", args=[pk]))

    def _page(self, request: HttpRequest, template: str, title: str, **values: Any) -> HttpResponse:
        return self.render_page(request, f"admin/education/intakebatch/{template}.html", title=title, **values)
