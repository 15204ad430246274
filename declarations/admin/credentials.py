"""Credentials and cycles in the back office. In this app because their marks depend on declarations."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Permission
from accounts.permissions import user_of
from accounts.queries import record_url
from cmp_portal.lib import clock
from cmp_portal.lib.admin import PermissionAdmin
from cmp_portal.lib.dates import longdate, longmoment
from cmp_portal.lib.deciding import DecidingAdmin, Decision, Fact, decision_in, named
from cmp_portal.lib.fields import typed
from credentials import actions
from credentials.enums import Hold
from credentials.models import Credential, Cycle
from credentials.rules.holds import can_hold
from declarations import queries

HELD = {
    Hold.SUSPENDED: gettext_lazy("Suspended"),
    Hold.REVOKED: gettext_lazy("Revoked"),
    Hold.NONE: gettext_lazy("Hold lifted"),
}
VERBS = {Hold.SUSPENDED: "suspend", Hold.REVOKED: "revoke", Hold.NONE: "lift"}


class MarkedAdmin(PermissionAdmin):
    """A changelist with the two marks of each credential, in a fixed number of queries."""

    marked: ClassVar[str | None] = None

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        rows = list(found.result_list)
        credentials = [getattr(row, self.marked) if self.marked else row for row in rows]
        marks = queries.held_marks(credentials, on=clock.today())
        for row, credential in zip(rows, credentials, strict=True):
            row.marks = marks[credential.pk]
        found.result_list = rows
        return found

    @admin.display(description=gettext_lazy("validity"))
    def validity(self, row: Any) -> str:
        return str(row.marks.validity.label)

    @admin.display(description=gettext_lazy("stage"))
    def stage(self, row: Any) -> str:
        return str(row.marks.stage)


@admin.register(Credential)
class CredentialAdmin(MarkedAdmin, DecidingAdmin):
    """The register of credentials; a registrar suspends and revokes them, and lifts holds."""

    see = Permission.SEE_RECORDS
    decide = Permission.REGISTER
    refusal = actions.HoldRefused
    readers = gettext_lazy("The holder is notified of your decision and can read the reason.")
    list_display = ["certificate_number", "credential_type", "holder", "certified_on", "validity", "stage"]
    list_select_related = ["credential_type", "holder"]
    list_filter = ["credential_type", "hold"]
    search_fields = ["certificate_number", "holder__last_name", "holder__customer_number"]
    ordering = ["credential_type__code", "certificate_number"]
    show_full_result_count = False

    def facts(self, row: Credential) -> Iterable[Fact]:
        marks = queries.held_marks([row], on=clock.today())[row.pk]
        yield Fact(_("Holder"), str(row.holder), record_url(row.holder_id))
        yield Fact(_("Certified on"), longdate(row.certified_on))
        yield Fact(_("Validity"), str(marks.validity.label))
        yield Fact(_("Stage"), marks.stage or _("no cycle"))
        yield Fact(_("Hold"), str(Hold(row.hold).label))
        for one in row.hold_decisions.select_related("by").order_by("-id"):
            words = {"who": one.by, "when": longmoment(one.at), "why": one.reason}
            yield Fact(str(HELD[Hold(one.after)]), _("%(when)s, %(who)s: %(why)s") % words)

    def decisions(self, row: Credential) -> Mapping[str, Decision]:
        before, everything = Hold(row.hold), self._all(row)
        return {named(VERBS[hold], before): everything[hold] for hold in VERBS if can_hold(before, hold)}

    def repeated(self, row: Credential, request: HttpRequest) -> Decision | None:
        hold, note = Hold(row.hold), typed(request, "note")
        if decision_in(request) == VERBS[hold] and actions.was_held_so(row, hold, by=user_of(request), note=note):
            return self._all(row)[hold]
        return None

    def _all(self, row: Credential) -> dict[Hold, Decision]:
        words, lift = {"credential": row}, partial(actions.lift, seen=Hold(row.hold))
        return {
            Hold.SUSPENDED: Decision(
                _("Suspend it"), actions.suspend, _("Credential %(credential)s was suspended.") % words
            ),
            Hold.REVOKED: Decision(
                _("Revoke it: it can no longer be declared or renewed"),
                actions.revoke,
                _("Credential %(credential)s was revoked.") % words,
            ),
            Hold.NONE: Decision(
                _("Lift the hold"), lift, _("The hold on credential %(credential)s was lifted.") % words
            ),
        }


@admin.register(Cycle)
class CycleAdmin(MarkedAdmin):
    see = Permission.SEE_RECORDS
    marked = "credential"
    list_display = ["credential", "holder", "starts_on", "ends_on", "declared_on", "closed_at", "validity", "stage"]
    list_select_related = ["credential__credential_type", "holder"]
    search_fields = ["credential__certificate_number", "holder__last_name", "holder__customer_number"]
    ordering = ["ends_on", "id"]
    show_full_result_count = False
