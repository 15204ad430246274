from collections.abc import Iterable, Mapping
from functools import partial

from django.contrib import admin
from django.db.models import Case, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Permission
from accounts.permissions import user_of
from accounts.queries import record_url
from cmp_portal.lib.admin import ExportingAdmin, PlainNumbers
from cmp_portal.lib.dates import longmoment
from cmp_portal.lib.deciding import DecidingAdmin, Decision, Fact, decision_in, named
from cmp_portal.lib.fields import typed
from credentials import actions
from credentials.enums import ClaimState
from credentials.models import (
    ActivityKind,
    Area,
    Claim,
    CredentialType,
    KindUnit,
    RequirementSet,
    Rule,
    Subject,
)

# Decisions allowed in each state of a claim, and the state that each leads to.
POSSIBLE = {ClaimState.CONTESTED: ["grant", "turn_down"], ClaimState.LINKED: ["undo"]}
LEAD_TO = {"grant": ClaimState.LINKED, "turn_down": ClaimState.TURNED_DOWN, "undo": ClaimState.UNDONE}
MOST_CLAIMS = 10


def _owner(claim: Claim) -> int | None:
    """The id of the account that the claimed record is linked to."""
    owner = getattr(claim.holder, "user", None)
    return owner.pk if owner else None


def _other_claims(claim: Claim) -> Iterable[Claim]:
    """The newest claims to the same record, by whatever account."""
    others = Claim.objects.filter(holder=claim.holder_id, holder__isnull=False).exclude(pk=claim.pk)
    return others.select_related("user", "decided_by").order_by("-made_at", "-id")[:MOST_CLAIMS]


def _told(claim: Claim) -> str:
    """A claim in one line: by whom and when, its state, and why it was decided so."""
    words = {"who": claim.user, "when": longmoment(claim.made_at), "state": claim.get_state_display()}
    made = _("%(who)s, %(when)s: %(state)s") % words
    return f"{made}\n{claim.note}" if claim.note else made


class ReferenceAdmin(ExportingAdmin):
    """Reference data: loaded from files; view and export only, and the list says by which command."""

    see = Permission.BACK_OFFICE
    change_list_template = "admin/credentials/reference.html"  # type: ignore[misc]
    loaded_by = "load_reference"
    show_full_result_count = False


class Lines(PlainNumbers, admin.TabularInline):  # type: ignore[type-arg]
    """Read-only rows of a reference record."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: object, obj: object = None) -> bool:
        return True

    def has_add_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False


class KindUnitLines(Lines):
    model = KindUnit


class AreaLines(Lines):
    model = Area
    ordering = ["position"]


class RuleLines(Lines):
    model = Rule
    ordering = ["position"]


@admin.register(Subject)
class SubjectAdmin(ReferenceAdmin):
    list_display = ["code", "title"]
    ordering = ["position", "code"]


@admin.register(ActivityKind)
class ActivityKindAdmin(ReferenceAdmin):
    list_display = ["code", "title", "counts", "verified"]
    ordering = ["position", "code"]
    inlines = [KindUnitLines]


@admin.register(CredentialType)
class CredentialTypeAdmin(ReferenceAdmin):
    list_display = ["code", "title", "mandatory_from", "cycle_years", "verified"]
    ordering = ["code"]


@admin.register(RequirementSet)
class RequirementSetAdmin(ReferenceAdmin):
    loaded_by = "load_requirements"
    list_display = ["credential_type", "version", "applies_from", "total", "verified", "frozen_at"]
    list_select_related = ["credential_type"]
    list_filter = ["verified"]
    ordering = ["credential_type__code", "applies_from", "id"]
    inlines = [AreaLines, RuleLines]


@admin.register(Claim)
class ClaimAdmin(DecidingAdmin):
    """Claims to records; contested ones first, then the oldest."""

    see = Permission.SEE_RECORDS
    decide = Permission.REGISTER
    refusal = actions.ClaimRefused
    readers = gettext_lazy(
        "Only staff can read the reason. The accounts that the decision affects are notified of the decision itself."
    )
    list_display = ["certificate_number", "user", "holder", "state", "made_at"]
    list_select_related = ["user", "holder"]
    list_filter = ["state"]
    search_fields = ["certificate_number", "user__email", "holder__last_name", "holder__customer_number"]
    ordering = [Case(When(state=ClaimState.CONTESTED, then=Value(0)), default=Value(1)), "made_at", "id"]
    show_full_result_count = False

    def is_own(self, request: HttpRequest, row: Claim) -> bool:
        return row.user == request.user or super().is_own(request, row)

    def facts(self, row: Claim) -> Iterable[Fact]:
        yield Fact(_("Certificate number"), row.certificate_number)
        yield Fact(_("Claimed by"), row.user.email)
        url = record_url(row.holder_id) if row.holder_id else ""
        yield Fact(_("Record"), str(row.holder or _("none that matches")), url)
        owner = getattr(row.holder, "user", None)
        yield Fact(_("Linked to"), owner.email if owner else _("no account"))
        yield Fact(_("State"), row.get_state_display())
        yield Fact(_("Made"), longmoment(row.made_at))
        if row.note:
            yield Fact(_("Decided by %(who)s") % {"who": row.decided_by}, row.note)
        for other in _other_claims(row):
            yield Fact(_("Another claim to this record"), _told(other))

    def decisions(self, row: Claim) -> Mapping[str, Decision]:
        everything = self._all(row)
        return {self._name(row, one): everything[one] for one in POSSIBLE.get(ClaimState(row.state), [])}

    def repeated(self, row: Claim, request: HttpRequest) -> Decision | None:
        name, note = decision_in(request), typed(request, "note")
        if name in LEAD_TO and actions.was_decided_so(row, LEAD_TO[name], by=user_of(request), note=note):
            return self._all(row)[name]
        return None

    def _name(self, row: Claim, decision: str) -> str:
        """The decision's name in the form; that of granting names the account that loses the record."""
        return named(decision, _owner(row)) if decision == "grant" else decision

    def _all(self, row: Claim) -> dict[str, Decision]:
        words = {"number": row.certificate_number, "login": row.user}
        return {
            "grant": Decision(
                _("Link the record to the account that claimed it, and unlink the other account"),
                partial(actions.grant, seen=_owner(row)),
                _("The record with certificate %(number)s is linked to %(login)s.") % words,
            ),
            "turn_down": Decision(
                _("Leave the record where it is"),
                actions.turn_down,
                _("The claim by %(login)s was turned down. The record with certificate %(number)s stays where it is.")
                % words,
            ),
            "undo": Decision(
                _("Undo the link: the record is then linked to no account"),
                actions.undo,
                _("The record with certificate %(number)s is no longer linked to %(login)s.") % words,
            ),
        }
