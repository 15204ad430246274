from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.enums import Permission
from accounts.permissions import user_of
from accounts.queries import record_url
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin, pager_with_filters, with_filters
from cmp_portal.lib.deciding import attempt
from cmp_portal.lib.keyset import Cursor
from cmp_portal.lib.numbered_pages import page_asked_for
from declarations import actions, queries
from declarations.admin.reviewing import Reviewing, seen
from declarations.enums import Move
from declarations.models import Attestation, Declaration
from declarations.permissions import may_ever_move, may_judge, may_note, may_take, moves_of, needs_other_eyes

DECISIONS: dict[str, tuple[Callable[..., object], Any]] = {
    Move.APPROVE: (actions.approve, gettext_lazy("Declaration %(number)s was approved.")),
    Move.RETURN: (actions.send_back, gettext_lazy("Declaration %(number)s was returned to its holder.")),
    Move.DENY: (actions.deny, gettext_lazy("Declaration %(number)s was denied.")),
    Move.UPHOLD: (actions.uphold, gettext_lazy("The denial of declaration %(number)s was upheld.")),
    Move.OVERTURN: (actions.overturn, gettext_lazy("The denial of declaration %(number)s was overturned.")),
}
# Not the decisions on an appeal, which is about what was denied; nothing is submitted again.
OF_A_SUBMISSION = {Move.APPROVE, Move.RETURN, Move.DENY}


@admin.register(Declaration)
class DeclarationAdmin(Reviewing):
    """The Board's review queue, and the page on which a declaration is decided."""

    see = Permission.SEE_RECORDS
    finds_by_holder = True

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The queue, with keyset pagination: as fast at the end of a long list as at its start."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        user = user_of(request)
        page = queries.queue_page(
            user,
            wanted=queries.QueueFilters.read(request.GET.dict()),
            cursor=Cursor.read(request.GET.get("at", "")),
            at=clock.now(),
            ticked="ticked" in request.GET,
            may_decide=user.may(Permission.REVIEW),
        )
        return self.render_page(request, "admin/declarations/declaration/queue.html", title=_("Review"), page=page)

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(require_POST(self.decide))
        name = "declarations_declaration_decide"
        return [path("<int:pk>/decide/<str:move>/", decide, name=name), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Everything needed for a decision, and buttons for the possible moves."""
        user = user_of(request)
        visible = queries.declarations_visible_to(user).select_related("waiting__at_work__taken_by")
        declaration = get_object_or_404(visible, pk=number(object_id) or 0)
        moves = moves_of(user, declaration)
        reader = queries.Reader(
            user,
            moves,
            may_take=may_take(user, declaration),
            may_judge=may_judge(user, declaration),
            may_note=may_note(user, declaration),
            has_denied=user.may(Permission.REVIEW) and needs_other_eyes(user, declaration),
        )
        page = queries.review_page(declaration, reader=reader, at=clock.now(), page=page_asked_for(request))
        return self.render_page(
            request,
            "admin/declarations/declaration/review.html",
            title=page.title,
            page=replace(page, pager=pager_with_filters(request, page.pager)),
            record_url=record_url(declaration.holder_id),
        )

    def decide(self, request: HttpRequest, pk: int, move: str) -> HttpResponseBase:
        declaration = seen(request, pk)
        here = with_filters(request, reverse("admin:declarations_declaration_change", args=[pk]))
        if move not in DECISIONS:
            return redirect(here)
        if not may_ever_move(user_of(request), declaration, Move(move)):
            raise PermissionDenied
        action, done = DECISIONS[move]
        on: dict[str, Any] = {"declaration": declaration}
        if move in OF_A_SUBMISSION:
            on["seen"] = number(request.POST.get("seen"))
        if attempt(request, action, refusal=actions.MoveRefused, texts=["note"], **on):
            messages.success(request, done % {"number": declaration.number})
        return redirect(here)


@admin.register(Attestation)
class AttestationAdmin(PermissionAdmin):
    see = Permission.BACK_OFFICE
    list_display = ["version", "applies_from", "verified"]
    ordering = ["-applies_from"]
