from typing import Any
from uuid import uuid4

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.permissions import user_of
from cmp_portal.lib import clock
from cmp_portal.lib.fields import KeyedForm
from education import actions
from education.admin.systems.forms import SwitchForm, UrlForm, WebhookForm
from education.admin.systems.pages import Button, Facts, SystemAdmin
from education.models import Provider, Webhook


@admin.register(Webhook)
class WebhookAdmin(SystemAdmin):
    list_display = ["provider", "url", "changed_at", "failing_since", "disabled_at"]
    list_select_related = ["provider"]
    ordering = ["provider__title", "id"]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        self.adding(request)
        form = WebhookForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and (webhook := self._kept(request, form)):
            return self._shown(request, webhook)
        return self.page(request, _("Add a webhook"), form=form, send=_("Add the webhook"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        webhook = self.seen(request, object_id)
        form = UrlForm(request.POST or None, initial={"url": webhook.url})
        if request.method == "POST" and form.is_valid() and self._kept(request, form, webhook.provider):
            messages.success(request, _("The webhook address was changed."))
            return redirect(self.keep_filters(request, self.address("change", webhook.pk)))
        buttons = self._buttons(webhook)
        return self.page(
            request,
            title_of(webhook),
            facts=webhook_facts(webhook),
            form=form,
            send=_("Change the address"),
            buttons=buttons,
        )

    def rotate(self, request: HttpRequest, webhook: Webhook) -> HttpResponse:
        key = self.sent(KeyedForm(request.POST))
        return self._shown(request, actions.rotate_secret(webhook=webhook, by=user_of(request), at=clock.now(), **key))

    def switch(self, request: HttpRequest, webhook: Webhook) -> HttpResponse:
        on = self.sent(SwitchForm(request.POST))["to"] == "on"
        actions.switch(webhook=webhook, on=on, by=user_of(request), at=clock.now())
        words = _("The webhook for %(provider)s is on.") if on else _("The webhook for %(provider)s is off.")
        messages.success(request, words % {"provider": webhook.provider})
        return redirect(self.keep_filters(request, self.address("change", webhook.pk)))

    def test(self, request: HttpRequest, webhook: Webhook) -> HttpResponse:
        notice = actions.send_test(webhook=webhook, at=clock.now(), **self.sent(KeyedForm(request.POST)))
        messages.success(request, _("A test will be sent with the next delivery."))
        return redirect(reverse("admin:education_webhooknotice_change", args=[notice.pk]))

    acts = {"rotate": rotate, "switch": switch, "test": test}

    def _kept(self, request: HttpRequest, form: UrlForm, provider: Provider | None = None) -> Webhook | None:
        provider = provider or form.cleaned_data["provider"]
        try:
            url, key = form.cleaned_data["url"], form.cleaned_data.get("key")
            return actions.keep_webhook(provider=provider, url=url, by=user_of(request), at=clock.now(), key=key)
        except actions.WebhookRefused as refusal:
            form.add_error("url", str(refusal))
            return None

    def _shown(self, request: HttpRequest, webhook: Webhook) -> HttpResponse:
        secret = actions.secret_of(webhook.nonce)
        return self.page(request, title_of(webhook), facts=webhook_facts(webhook), secret=secret)

    def _buttons(self, webhook: Webhook) -> list[Button]:
        switch, rotate = self.address("switch", webhook.pk), self.address("rotate", webhook.pk)
        on = Button(_("Turn on the webhook"), switch, _("Waiting notices are sent."), {"to": "on"})
        off = Button(_("Turn off the webhook"), switch, _("Notices wait to be sent."), {"to": "off"})
        return [
            Button(_("Send a test"), self.address("test", webhook.pk), said={"key": uuid4()}),
            Button(_("Replace the secret"), rotate, _("Both secrets sign for a while."), {"key": uuid4()}),
            on if webhook.disabled_at else off,
        ]


def title_of(webhook: Webhook) -> str:
    return _("Webhook for %(provider)s") % {"provider": webhook.provider}


def webhook_facts(webhook: Webhook) -> Facts:
    return [
        (_("Provider"), webhook.provider),
        (_("Address"), webhook.url),
        (_("Changed"), webhook.changed_at),
        (_("Changed by"), webhook.changed_by),
        (_("Old secret signs until"), webhook.previous_until),
        (_("Nothing has arrived since"), webhook.failing_since),
        (_("Turned off"), webhook.disabled_at),
        (_("Waiting"), webhook.notices.filter(delivered_at=None, failed_at=None).count()),
    ]
