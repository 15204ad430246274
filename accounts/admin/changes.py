from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import actions, queries
from accounts.enums import ChangeKind, Permission, RequestState
from accounts.models import Change
from accounts.permissions import user_of
from cmp_portal.lib.dates import longmoment
from cmp_portal.lib.deciding import DecidingAdmin, Decision, Fact
from cmp_portal.lib.fields import typed


@admin.register(Change)
class ChangeAdmin(DecidingAdmin):
    """Holders' change requests: open ones first, the oldest at the top."""

    see = Permission.SEE_RECORDS
    decide = Permission.REGISTER
    refusal = actions.ChangeRefused
    template = "admin/accounts/change/decide.html"
    readers = gettext_lazy("The holder is notified of your decision and can read the reason.")
    list_display = ["holder", "kind", "was", "wanted", "state", "requested_at"]
    list_select_related = ["holder"]
    list_filter = ["state", "kind"]
    search_fields = ["holder__last_name", "holder__customer_number"]
    ordering = [F("decided_at").asc(nulls_first=True), "requested_at", "id"]
    show_full_result_count = False

    def facts(self, row: Change) -> Iterable[Fact]:
        yield Fact(_("Record"), str(row.holder), queries.record_url(row.holder_id))
        yield Fact(_("State"), row.get_state_display())
        yield Fact(_("Requested"), longmoment(row.requested_at))
        if row.words:
            yield Fact(_("The holder's comments"), row.words)
        if row.kind == ChangeKind.ADDRESS:
            proven = queries.has_proven(row.holder, row.email)
            yield Fact(_("Confirmed in the holder's account"), _("yes") if proven else _("no"))
        if row.decided_by_id and row.note:
            yield Fact(_("Decided by %(who)s") % {"who": row.decided_by}, row.note)

    def more(self, row: Change) -> dict[str, Any]:
        documents = row.documents.order_by("id")
        return {
            "kind": row.get_kind_display(),
            "was": row.was,
            "now": queries.now_of(row.holder, row.kind),
            "wanted": row.wanted,
            "documents": [queries.document_line(document) for document in documents],
        }

    def decisions(self, row: Change) -> Mapping[str, Decision]:
        return self._all(row) if row.state == RequestState.OPEN else {}

    def repeated(self, row: Change, request: HttpRequest) -> Decision | None:
        name, note = request.POST.get("decision", ""), typed(request, "note")
        decision = self._all(row).get(name)
        if decision and actions.was_decided_so(row, RequestState(name), by=user_of(request), note=note):
            return decision
        return None

    def _all(self, row: Change) -> dict[str, Decision]:
        words = {"holder": row.holder, "wanted": row.wanted}
        return {
            RequestState.GRANTED.value: Decision(
                _("Change the register as requested"),
                actions.grant_change,
                _("The record of %(holder)s now shows “%(wanted)s”.") % words,
            ),
            RequestState.DECLINED.value: Decision(
                _("Decline"), actions.decline_change, _("The request from %(holder)s was declined.") % words
            ),
        }
