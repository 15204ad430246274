from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from education import actions
from education.admin.systems.pages import Button, Facts, SystemAdmin
from education.models import WebhookNotice


@admin.register(WebhookNotice)
class WebhookNoticeAdmin(SystemAdmin):
    list_display = ["uuid", "webhook", "kind", "created_at", "attempts", "delivered_at", "failed_at"]
    list_select_related = ["webhook__provider"]
    list_filter = ["kind", "webhook__provider"]
    ordering = ["-id"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        notice = self.seen(request, object_id)
        attempts = notice.log.order_by("-id")[:100]
        buttons = [
            Button(_("Send the notice again"), self.address("resend", notice.pk), _("It keeps the same identifier."))
        ]
        return self.page(
            request,
            notice.get_kind_display(),
            facts=notice_facts(notice),
            attempts=attempts,
            is_log=True,
            buttons=buttons,
        )

    def resend(self, request: HttpRequest, notice: WebhookNotice) -> HttpResponse:
        actions.resend(notice=notice)
        messages.success(request, _("The notice will be sent again with the next delivery."))
        return redirect(self.address("change", notice.pk))

    acts = {"resend": resend}


def notice_facts(notice: WebhookNotice) -> Facts:
    return [
        (_("Webhook"), notice.webhook),
        (_("Identifier"), notice.uuid),
        (_("Completions"), ", ".join(one["external_id"] for one in notice.data.get("completions", [])[:50])),
        (_("Happened"), notice.created_at),
        (_("Next attempt"), notice.next_try_at if not (notice.delivered_at or notice.failed_at) else None),
        (_("Arrived"), notice.delivered_at),
        (_("Given up"), notice.failed_at),
    ]
