from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import actions, queries
from accounts.enums import Permission
from accounts.models import Holder
from accounts.permissions import user_of
from cmp_portal.lib import clock
from cmp_portal.lib.admin import PermissionAdmin, RecordForm
from cmp_portal.lib.dates import longmoment

# More are left to the command, which works in batches.
INVITED_AT_ONCE = 1000


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
