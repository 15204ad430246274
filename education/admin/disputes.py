from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.enums import Permission
from accounts.permissions import user_of
from accounts.queries import record_url
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin
from cmp_portal.lib.deciding import refused
from cmp_portal.lib.fields import typed
from education import actions, queries
from education.forms import DecideForm, correction_of
from education.models import Dispute
from education.permissions import may_answer, may_decide


@admin.register(Dispute)
class DisputeAdmin(PermissionAdmin):
    """The queue of disputes: open ones first, oldest on top."""

    see = Permission.SEE_RECORDS
    list_display = ["credit_title", "holder", "provider", "state", "raised_at", "age"]
    list_filter = ["state", "credit__provider"]
    list_select_related = ["credit__provider", "holder"]
    search_fields = ["holder__last_name", "holder__customer_number", "credit__external_id"]
    ordering = [F("decided_at").asc(nulls_first=True), "raised_at", "id"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("credit"))
    def credit_title(self, dispute: Dispute) -> str:
        return dispute.credit.title

    @admin.display(description=gettext_lazy("provider"))
    def provider(self, dispute: Dispute) -> str:
        return queries.provider_of(dispute.credit)

    @admin.display(description=gettext_lazy("age"))
    def age(self, dispute: Dispute) -> str:
        """How many days, in the Board's time zone, it has waited or took to be answered."""
        until = clock.board_day(dispute.decided_at or clock.now())
        days = (until - clock.board_day(dispute.raised_at)).days
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": f"{days:,}"}

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(require_POST(self.decide))
        return [path("<int:pk>/decide/", decide, name="education_dispute_decide"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The disputed credit, its documents, and the form to decide."""
        visible = queries.disputes_visible_to(user_of(request))
        dispute = get_object_or_404(visible, pk=number(object_id) or 0)
        return self._page(request, dispute, DecideForm(initial=correction_of(dispute.credit)))

    def decide(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        dispute = get_object_or_404(queries.disputes_visible_to(user_of(request)), pk=pk)
        if not may_answer(user_of(request), dispute):
            raise PermissionDenied
        form = DecideForm(request.POST)
        is_tried = "try" in request.POST
        if (is_tried or not form.is_valid()) and not may_decide(user_of(request), dispute):
            why = _("This has been decided in the meantime. Review the current information.")
            return self._back(request, pk, why, typed(request, "answer"))
        if is_tried:
            points = form.points_entered()
            return self._page(request, dispute, form, points=points, status=422 if points is None else 200)
        if not form.is_valid():
            return self._page(request, dispute, form, status=422)
        decision = form.decision()
        try:
            actions.decide(dispute=dispute, **decision, by=user_of(request), at=clock.now())
        except actions.DisputeRefused as refusal:
            if refusal.field is None:
                return self._back(request, pk, refusal, decision["answer"])
            form.add_error(refusal.field, str(refusal))
            return self._page(request, dispute, form, status=422)
        told = _("The dispute about “%(title)s” was answered, and the holder was notified.")
        messages.success(request, told % {"title": dispute.credit.title})
        return redirect(self.list_url(request))

    def _back(self, request: HttpRequest, pk: int, why: object, answer: str) -> HttpResponseBase:
        """Back to the dispute, with why nothing was decided and what was written."""
        refused(request, why, answer)
        return redirect(self.keep_filters(request, reverse("admin:education_dispute_change", args=[pk])))

    def _page(
        self,
        request: HttpRequest,
        dispute: Dispute,
        form: DecideForm,
        *,
        points: Decimal | None = None,
        status: int = 200,
    ) -> HttpResponse:
        page = queries.dispute_review(dispute, may_decide=may_decide(user_of(request), dispute), points=points)
        template = "admin/education/dispute/review.html"
        return self.render_page(
            request,
            template,
            title=page.title,
            status=status,
            page=page,
            form=form,
            record_url=record_url(dispute.holder_id),
        )
