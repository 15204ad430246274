from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.enums import Permission
from accounts.permissions import user_of
from accounts.queries import record_url
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin
from education import actions, queries
from education.enums import MatchState
from education.models import Match
from education.permissions import match_decisions_of, may_decide_match

DECISIONS: dict[str, tuple[Callable[..., Match], Any]] = {
    MatchState.MATCHED: (actions.match, gettext_lazy("“%(title)s” is now one credit, and the holder was notified.")),
    MatchState.DIFFERENT: (
        actions.mark_different,
        gettext_lazy("“%(title)s” remains two credits, and the holder was notified."),
    ),
    MatchState.UNDONE: (
        actions.unmatch,
        gettext_lazy("“%(title)s” is two credits again, and the holder was notified."),
    ),
}


@admin.register(Match)
class MatchAdmin(PermissionAdmin):
    """The queue of possible duplicates: waiting ones first, oldest on top."""

    see = Permission.SEE_RECORDS
    list_display = ["title", "holder", "provider", "external_id", "state", "created_at"]
    list_select_related = ["recorded", "holder", "provider"]
    list_filter = ["state", "provider"]
    search_fields = ["holder__customer_number", "holder__last_name", "external_id"]
    ordering = [F("decided_at").asc(nulls_first=True), "created_at", "id"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("recorded as"))
    def title(self, match: Match) -> str:
        return match.recorded.title

    def get_queryset(self, request: HttpRequest) -> QuerySet[Match]:
        """Hides pairs with nothing to decide: one of the two is withdrawn or part of another match."""
        decided = ~Q(state=MatchState.DOUBTFUL)
        return super().get_queryset(request).filter(decided | Q(pk__in=Match.objects.waiting().values("pk")))

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(require_POST(self.decide))
        return [path("<int:pk>/decide/<str:wanted>/", decide, name="education_match_decide"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Both credits field by field, and the buttons for what may be decided."""
        match = self._visible(request, number(object_id) or 0)
        page = queries.match_review(match, decisions=match_decisions_of(user_of(request), match))
        return self.render_page(
            request,
            "admin/education/match/review.html",
            title=page.title,
            page=page,
            record_url=record_url(match.holder_id),
        )

    def decide(self, request: HttpRequest, pk: int, wanted: str) -> HttpResponseBase:
        match = self._visible(request, pk)
        if wanted not in DECISIONS or not may_decide_match(user_of(request), match):
            raise PermissionDenied
        action, done = DECISIONS[wanted]
        try:
            action(match=match, by=user_of(request), at=clock.now())
            messages.success(request, done % {"title": match.recorded.title})
        except actions.MatchRefused as refusal:
            messages.error(request, str(refusal))
        return redirect(self.keep_filters(request, reverse("admin:education_match_change", args=[pk])))

    def _visible(self, request: HttpRequest, pk: int) -> Match:
        return get_object_or_404(queries.matches_visible_to(user_of(request)), pk=pk)
