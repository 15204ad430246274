from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.enums import Permission, RequestState
from accounts.permissions import user_of
from accounts.queries import record_url
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.deciding import refused
from cmp_portal.lib.fields import typed
from credentials.models import SynchronisationRequest
from credentials.permissions import may_answer, may_decide
from education import actions, queries

DECIDED = {
    RequestState.GRANTED: gettext_lazy("The cycles of %(holder)s now end together on %(day)s."),
    RequestState.DECLINED: gettext_lazy("The request from %(holder)s was declined."),
}


@admin.register(SynchronisationRequest)
class SynchronisationRequestAdmin(PermissionAdmin):
    """The queue of requests to align cycles, open ones first, oldest on top, and the page for deciding one."""

    see = Permission.SEE_RECORDS
    list_display = ["holder", "ends_on", "state", "requested_at", "decided_at"]
    list_filter = ["state"]
    list_select_related = ["holder"]
    search_fields = ["holder__last_name", "holder__customer_number"]
    ordering = [F("decided_at").asc(nulls_first=True), "requested_at", "id"]
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        name = "credentials_synchronisationrequest"
        grant, decline = (self.admin_site.admin_view(require_POST(view)) for view in (self.grant, self.decline))
        return [
            path("<int:pk>/grant/", grant, name=f"{name}_grant"),
            path("<int:pk>/decline/", decline, name=f"{name}_decline"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the request would change today, and the buttons for users who may decide."""
        wanted = self._wanted(request, number(object_id) or 0)
        page = queries.decide_page(wanted, may=may_decide(user_of(request), wanted), on=clock.today())
        return self.render_page(
            request,
            "admin/credentials/synchronisationrequest/decide.html",
            title=page.title,
            page=page,
            record_url=record_url(wanted.holder_id),
            grant_url=reverse("admin:credentials_synchronisationrequest_grant", args=[wanted.pk]),
            decline_url=reverse("admin:credentials_synchronisationrequest_decline", args=[wanted.pk]),
        )

    def grant(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        try:
            ends_on = date.fromisoformat(request.POST.get("ends_on", ""))
        except ValueError:
            ends_on = date.min
        return self._decide(request, pk, partial(actions.grant, ends_on=ends_on))

    def decline(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return self._decide(request, pk, actions.decline)

    def _decide(self, request: HttpRequest, pk: int, action: Callable[..., SynchronisationRequest]) -> HttpResponseBase:
        user, at, note = user_of(request), clock.now(), typed(request, "note")
        wanted = self._wanted(request, pk)
        if not may_answer(user, wanted):
            raise PermissionDenied
        try:
            decided = action(request=wanted, by=user, at=at, note=note)
            words = {"holder": decided.holder, "day": longdate(decided.ends_on)}
            messages.success(request, DECIDED[RequestState(decided.state)] % words)
        except actions.SynchronisationRefused as refusal:
            refused(request, refusal, note)
        address = reverse("admin:credentials_synchronisationrequest_change", args=[pk])
        return redirect(self.keep_filters(request, address))

    def _wanted(self, request: HttpRequest, pk: int) -> SynchronisationRequest:
        return get_object_or_404(queries.requests_visible_to(user_of(request)), pk=pk)
