from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.enums import Permission
from accounts.permissions import user_of
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin
from declarations import actions, queries
from declarations.enums import Move
from declarations.models import Attestation, Declaration
from declarations.permissions import may_ever_move, moves_of

DECISIONS = {Move.APPROVE: actions.approve, Move.RETURN: actions.send_back, Move.DENY: actions.deny}


@admin.register(Declaration)
class DeclarationAdmin(PermissionAdmin):
    """The queue of the Board's reviewers, and the page on which one declaration is decided."""

    see = Permission.SEE_RECORDS
    list_display = ["__str__", "credential", "holder", "state", "received_on", "cycle_end"]
    list_filter = ["state", "cycle__credential__credential_type"]
    list_select_related = ["cycle__credential__credential_type", "holder"]
    search_fields = ["number", "holder__last_name", "holder__customer_number"]
    ordering = ["received_at", "id"]
    show_full_result_count = False

    @admin.display(description="credential")
    def credential(self, declaration: Declaration) -> str:
        return declaration.cycle.credential.credential_type.code

    @admin.display(description="cycle ends", ordering="cycle__ends_on")
    def cycle_end(self, declaration: Declaration) -> str:
        return str(declaration.cycle.ends_on)

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(require_POST(self.decide))
        name = "declarations_declaration_decide"
        return [path("<int:pk>/decide/<str:move>/", decide, name=name), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Everything one needs to decide, and the buttons for the moves that are possible."""
        visible = queries.declarations_visible_to(user_of(request))
        declaration = get_object_or_404(visible, pk=number(object_id) or 0)
        moves = moves_of(user_of(request), declaration)
        page = queries.review_page(declaration, moves=moves, on=clock.today())
        context = {**self.admin_site.each_context(request), "page": page, "title": page.title, "opts": self.opts}
        return render(request, "admin/declarations/declaration/review.html", context)

    def decide(self, request: HttpRequest, pk: int, move: str) -> HttpResponseBase:
        declaration = get_object_or_404(queries.declarations_visible_to(user_of(request)), pk=pk)
        action = DECISIONS.get(Move(move)) if move in Move else None
        if action is None:
            return redirect(reverse("admin:declarations_declaration_change", args=[pk]))
        if not may_ever_move(user_of(request), declaration, Move(move)):
            raise PermissionDenied
        note = request.POST.get("note", "").replace("\0", "")[:5000]
        try:
            action(declaration=declaration, by=user_of(request), at=clock.now(), note=note)
            done = {"move": Move(move).label, "number": declaration.number}
            messages.success(request, _("%(number)s: %(move)s.") % done)
        except actions.MoveRefused as refusal:
            messages.error(request, str(refusal))
        return redirect(reverse("admin:declarations_declaration_change", args=[pk]))


@admin.register(Attestation)
class AttestationAdmin(PermissionAdmin):
    see = Permission.BACK_OFFICE
    list_display = ["version", "applies_from", "verified"]
    ordering = ["-applies_from"]
