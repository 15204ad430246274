from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import actions
from accounts.enums import Permission
from accounts.models import Alert, Letter, LetterQuerySet
from accounts.permissions import user_of
from cmp_portal.lib import clock
from cmp_portal.lib.admin import PermissionAdmin

LETTERS_AT_ONCE = 1000


class DeliveryFilter(admin.SimpleListFilter):
    """Filter letters by what became of them."""

    title = gettext_lazy("delivery")
    parameter_name = "delivery"
    narrowed: dict[str, Callable[[Any], QuerySet[Letter]]] = {
        "failed": LetterQuerySet.failed,
        "waiting": LetterQuerySet.waiting,
        "sent": LetterQuerySet.sent,
        "withdrawn": LetterQuerySet.withdrawn,
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("failed", _("Failed")), ("waiting", _("Waiting")), ("sent", _("Sent")), ("withdrawn", _("Withdrawn"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Letter]) -> QuerySet[Letter]:
        narrow = self.narrowed.get(self.value() or "")
        return narrow(queryset) if narrow else queryset


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


@admin.register(Alert)
class AlertAdmin(PermissionAdmin):
    see = Permission.SEE_RECORDS
    list_display = ["title", "kind", "holder", "created_at", "emailed_at", "failed_at"]
    list_select_related = ["holder"]
    list_filter = ["kind"]
    ordering = ["-created_at", "-id"]
    show_full_result_count = False
