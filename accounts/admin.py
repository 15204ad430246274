from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import actions, queries
from accounts.enums import ChangeKind, Permission, RequestState, Role
from accounts.models import Alert, Change, Holder, JobRun, Letter, User
from accounts.permissions import user_of
from cmp_portal.lib import clock
from cmp_portal.lib.admin import PermissionAdmin, RecordForm
from cmp_portal.lib.dates import longmoment
from cmp_portal.lib.deciding import DecidingAdmin, Decision, Fact
from cmp_portal.lib.fields import typed
from cmp_portal.lib.formatting import span_words

# More are left to the command, which works in batches.
INVITED_AT_ONCE = 1000
LETTERS_AT_ONCE = 1000


class ListOfHolder(NamedTuple):
    """A list in the back office, and the address that shows what it has about one holder."""

    title: str
    url: str


class HolderForm(RecordForm):
    """A record; the month of birth is selected from a list."""

    birth_month = forms.TypedChoiceField(
        label=gettext_lazy("Month of birth"),
        choices=[("", gettext_lazy("Unknown")), *MONTHS.items()],
        coerce=int,
        empty_value=None,
        required=False,
    )


class UnreachableFilter(admin.SimpleListFilter):
    """Filter holders by whether their address on file refuses email."""

    title = gettext_lazy("email")
    parameter_name = "email_is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("refused", _("Refused by the address on file"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Holder]) -> QuerySet[Holder]:
        if self.value() != "refused":
            return queryset
        return queryset.filter(email=F("correspondence__unreachable_email")).exclude(email="")


@admin.register(Holder)
class HolderAdmin(PermissionAdmin):
    see = Permission.SEE_RECORDS
    keep = Permission.REGISTER
    list_display = ["customer_number", "last_name", "first_name", "email", "has_login"]
    list_select_related = ["user"]
    list_filter = [UnreachableFilter]
    search_fields = ["customer_number", "last_name", "email"]
    readonly_fields = ["email_refused"]
    ordering = ["last_name", "first_name", "id"]
    form = HolderForm
    show_full_result_count = False
    actions = ["invite"]

    @admin.display(description=gettext_lazy("account"), boolean=True)
    def has_login(self, holder: Holder) -> bool:
        return hasattr(holder, "user")

    @admin.display(description=gettext_lazy("email refused since"))
    def email_refused(self, holder: Holder) -> str | None:
        """Since when nothing is sent to the address on file, if it refuses email."""
        since = queries.correspondence_of(holder).unreachable_at
        return longmoment(since) if since and queries.unreachable_email(holder) else None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Users can't edit their own record: they request a change like everybody else."""
        is_own = obj is not None and obj.pk == user_of(request).holder_id
        return super().has_change_permission(request, obj) and not is_own

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The form, followed by where else in the back office something about this holder may be."""
        if (holder := kwargs.get("obj")) is not None:
            context["elsewhere"] = sorted(self._lists_of(request, holder), key=lambda one: one.title)
        return super().render_change_form(request, context, *args, **kwargs)

    def _lists_of(self, request: HttpRequest, holder: Holder) -> Iterable[ListOfHolder]:
        """The lists that this user may see, each with the address that shows the rows of the holder."""
        asked = urlencode({"q": holder.customer_number})
        for model, desk in self.admin_site._registry.items():
            if isinstance(desk, PermissionAdmin) and desk.is_found_by_holder and desk.has_view_permission(request):
                url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
                yield ListOfHolder(capfirst(str(model._meta.verbose_name_plural)), f"{url}?{asked}")

    def save_model(self, request: HttpRequest, obj: Holder, form: Any, change: bool) -> None:
        actions.keep_holder(holder=obj, by=user_of(request), at=clock.now())

    @admin.action(description=gettext_lazy("Invite to choose a password"), permissions=["change"])
    def invite(self, request: HttpRequest, chosen: QuerySet[Holder]) -> None:
        """Email invitations; records with an account, without an address, or invited recently are skipped."""
        if (count := chosen.count()) > INVITED_AT_ONCE:
            self.message_user(request, _("That is too many at once. Use manage.py invite_holders."), messages.ERROR)
            return
        invited = actions.invite(holders=chosen.values_list("pk", flat=True), by=user_of(request), at=clock.now())
        words = ngettext("%(count)s invitation is on its way.", "%(count)s invitations are on their way.", invited)
        self.message_user(request, words % {"count": invited}, messages.SUCCESS if invited else messages.INFO)
        if invited < count:
            left = _("Skipped: %(count)s (already have an account, have no address on file, or were invited recently).")
            self.message_user(request, left % {"count": count - invited}, messages.WARNING)


class DeliveryFilter(admin.SimpleListFilter):
    """Filter letters by what became of them."""

    title = gettext_lazy("delivery")
    parameter_name = "delivery"
    conditions = {
        "failed": Q(failed_at__isnull=False, withdrawn_at=None),
        "waiting": Q(emailed_at=None, failed_at=None, withdrawn_at=None),
        "sent": Q(emailed_at__isnull=False),
        "withdrawn": Q(withdrawn_at__isnull=False),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("failed", _("Failed")), ("waiting", _("Waiting")), ("sent", _("Sent")), ("withdrawn", _("Withdrawn"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Letter]) -> QuerySet[Letter]:
        return queryset.filter(self.conditions.get(self.value() or "", Q()))


@admin.register(Letter)
class LetterAdmin(PermissionAdmin):
    """Emails to a given address, and their delivery state; failed ones can be sent again, or withdrawn."""

    see = Permission.SEE_RECORDS
    list_display = ["holder", "kind", "email", "written_at", "emailed_at", "failed_at", "withdrawn_at", "accepted_at"]
    list_select_related = ["holder"]
    list_filter = [DeliveryFilter, "kind"]
    search_fields = ["holder__last_name", "holder__customer_number"]
    ordering = ["-id"]
    exclude = ["leased_until", "attempts", "next_try_at"]
    show_full_result_count = False
    actions = ["send_again", "withdraw"]

    def has_register_permission(self, request: HttpRequest) -> bool:
        return self._may(request, Permission.REGISTER)

    @admin.action(description=gettext_lazy("Send failed letters again"), permissions=["register"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Letter]) -> None:
        """Skips letters that did not fail, or whose place a newer one has taken, so that nothing is sent twice."""
        if (keys := self._keys(request, chosen)) is None:
            return
        sent = actions.send_again(letters=keys, by=user_of(request), at=clock.now())
        words = ngettext("%(count)s letter is on its way again.", "%(count)s letters are on their way again.", sent)
        self._tell(request, words, sent, len(keys) - sent)

    @admin.action(description=gettext_lazy("Withdraw failed letters: no longer needed"), permissions=["register"])
    def withdraw(self, request: HttpRequest, chosen: QuerySet[Letter]) -> None:
        if (keys := self._keys(request, chosen)) is None:
            return
        count = actions.withdraw_letters(letters=keys, by=user_of(request), at=clock.now())
        words = ngettext("%(count)s letter was withdrawn.", "%(count)s letters were withdrawn.", count)
        self._tell(request, words, count, len(keys) - count)

    def _keys(self, request: HttpRequest, chosen: QuerySet[Letter]) -> list[int] | None:
        """The selected letters; None, with a message, if there are too many."""
        keys = list(chosen.order_by("pk").values_list("pk", flat=True)[: LETTERS_AT_ONCE + 1])
        if len(keys) <= LETTERS_AT_ONCE:
            return keys
        words = _("That is too many at once. Select at most %(count)s.") % {"count": f"{LETTERS_AT_ONCE:,}"}
        self.message_user(request, words, messages.ERROR)
        return None

    def _tell(self, request: HttpRequest, words: str, done: int, skipped: int) -> None:
        self.message_user(request, words % {"count": done}, messages.SUCCESS if done else messages.INFO)
        if skipped:
            left = _(
                "Skipped: %(count)s (not failed, followed by a newer letter, or an invitation that would not work)."
            )
            self.message_user(request, left % {"count": skipped}, messages.WARNING)


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


class RolesInput(forms.CheckboxSelectMultiple):
    """Checkboxes for a page that renders no fieldset around them: the error is attached to each box."""

    use_fieldset = False


class UserForm(RecordForm):
    """An account; its roles are selected from a list."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=Role.choices, widget=RolesInput, required=False
    )


@admin.register(User)
class UserAdmin(PermissionAdmin):
    see = keep = Permission.ADMINISTER
    list_display = ["email", "holder", "roles", "is_active"]
    list_select_related = ["holder"]
    search_fields = ["email"]
    ordering = ["email"]
    form = UserForm
    fields = ["email", "roles", "is_active"]
    readonly_fields = ["email"]

    def has_add_permission(self, request: object, *args: object) -> bool:
        """Accounts are created by signing up, so that the address is verified."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Users can't change their own roles: another administrator does."""
        is_own = obj is not None and obj.pk == user_of(request).pk
        return super().has_change_permission(request, obj) and not is_own


@admin.register(Alert)
class AlertAdmin(PermissionAdmin):
    see = Permission.SEE_RECORDS
    list_display = ["title", "kind", "holder", "created_at", "emailed_at", "failed_at"]
    list_select_related = ["holder"]
    list_filter = ["kind"]
    ordering = ["-created_at", "-id"]
    show_full_result_count = False


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
