"""Providers' systems in the back office: API tokens, webhooks and notices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django import forms
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
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import PermissionAdmin
from cmp_portal.lib.fields import KeyedForm
from education import actions
from education.enums import ApiScope
from education.models import ApiToken, Provider, Webhook, WebhookNotice

Facts = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Button:
    """An action that is possible now, its effect, and the values sent with it."""

    label: str
    url: str
    note: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)


class Unreadable(Exception):
    """The request does not contain what the button sends."""


class SwitchForm(forms.Form):
    to = forms.ChoiceField(choices=[("on", "on"), ("off", "off")])


class TokenForm(KeyedForm):
    provider = forms.ModelChoiceField(Provider.objects.order_by("title", "id"), label=gettext_lazy("Provider"))
    name = forms.CharField(
        max_length=80,
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("The system that uses it, such as “LMS, live”."),
    )
    scopes = forms.MultipleChoiceField(
        choices=ApiScope.choices, widget=forms.CheckboxSelectMultiple, label=gettext_lazy("Can be used for")
    )
    per_minute = forms.IntegerField(
        min_value=1,
        max_value=100_000,
        required=False,
        label=gettext_lazy("Requests per minute"),
        help_text=gettext_lazy("Leave empty for the usual limit."),
    )


class UrlForm(forms.Form):
    url = forms.CharField(
        max_length=500,
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("An https address that can be reached from outside."),
    )


class WebhookForm(UrlForm, KeyedForm):
    provider = forms.ModelChoiceField(Provider.objects.order_by("title", "id"), label=gettext_lazy("Provider"))
    field_order = ["provider", "url"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offers providers without a webhook; for others, the action refuses with a message."""
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            offered = self.fields["provider"]
            offered.queryset = offered.queryset.filter(webhook=None)  # type: ignore[attr-defined]


class SystemAdmin(PermissionAdmin):
    """Visible to those who keep the reference data; registrars may act, and each action has its own URL."""

    see, keep = Permission.REFERENCE, Permission.REGISTER
    acts: dict[str, Callable[..., HttpResponseBase]] = {}

    def get_urls(self) -> list[URLPattern]:
        return [*(self._path(name) for name in self.acts), *super().get_urls()]

    def _path(self, name: str) -> URLPattern:
        @require_POST
        def act(request: HttpRequest, pk: int) -> HttpResponseBase:
            if not self.has_change_permission(request):
                raise PermissionDenied
            row = get_object_or_404(self.model, pk=pk)
            try:
                return self.acts[name](self, request, row)
            except Unreadable:
                messages.error(request, _("Please open this page again."))
                return redirect(self.address("change", pk))

        place = f"education_{self.opts.model_name}_{name}"
        return path(f"<int:pk>/{name}/", self.admin_site.admin_view(act), name=place)

    def address(self, page: str, *args: object) -> str:
        return reverse(f"admin:education_{self.opts.model_name}_{page}", args=args)

    def seen(self, request: HttpRequest, object_id: str) -> Any:
        if not self.has_view_permission(request) or (
            request.method == "POST" and not self.has_change_permission(request)
        ):
            raise PermissionDenied
        return get_object_or_404(self.model, pk=number(object_id) or 0)

    def sent(self, form: forms.Form) -> dict[str, Any]:
        """The values that a button sends."""
        if not form.is_valid():
            raise Unreadable
        return form.cleaned_data

    def adding(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied

    def page(self, request: HttpRequest, title: str, **values: Any) -> HttpResponse:
        """The page: `facts`, a `secret` to show, a `form`, permitted `buttons`, and the `attempts` of a notice."""
        if not self.has_change_permission(request):
            values |= {"form": None, "buttons": []}
        return self.render_page(request, "admin/education/system.html", title=title, **values)

    def has_history_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)


@admin.register(ApiToken)
class ApiTokenAdmin(SystemAdmin):
    list_display = ["provider", "name", "prefix", "made_at", "expires_at", "revoked_at", "last_used_at"]
    list_select_related = ["provider"]
    list_filter = ["provider"]
    ordering = ["-made_at", "-id"]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Creates a token, which is shown in this response and never again."""
        self.adding(request)
        form = TokenForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self.page(request, _("Create an API token"), form=form, send=_("Create the token"))
        try:
            shown = actions.make_token(**form.cleaned_data, by=user_of(request), at=clock.now())
            return self._shown(request, shown)
        except actions.TokenRefused as refusal:
            form.add_error(None, str(refusal))
            form.take_new_key()
            return self.page(request, _("Create an API token"), form=form, send=_("Create the token"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        token = self.seen(request, object_id)
        return self.page(request, str(token), facts=token_facts(token), buttons=self._buttons(token))

    def rotate(self, request: HttpRequest, token: ApiToken) -> HttpResponse:
        key = self.sent(KeyedForm(request.POST))
        try:
            return self._shown(request, actions.rotate_token(token=token, by=user_of(request), at=clock.now(), **key))
        except actions.TokenRefused as refusal:
            messages.error(request, str(refusal))
        return redirect(self.address("change", token.pk))

    def revoke(self, request: HttpRequest, token: ApiToken) -> HttpResponse:
        actions.revoke_token(token=token, by=user_of(request), at=clock.now())
        messages.success(request, _("The token was revoked."))
        return redirect(self.address("change", token.pk))

    acts = {"rotate": rotate, "revoke": revoke}

    def _shown(self, request: HttpRequest, shown: Any) -> HttpResponse:
        title = _("API token for %(provider)s") % {"provider": shown.token.provider}
        return self.page(request, title, facts=token_facts(shown.token), secret=shown.secret)

    def _buttons(self, token: ApiToken) -> list[Button]:
        if token.revoked_at:
            return []
        revoke = Button(_("Revoke"), self.address("revoke", token.pk), _("The token stops working immediately."))
        if token.expires_at:
            return [revoke]
        note = _("A new token is created. This one still works for a while.")
        return [Button(_("Replace"), self.address("rotate", token.pk), note, {"key": uuid4()}), revoke]


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
            return redirect(self.address("change", webhook.pk))
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
        return redirect(self.address("change", webhook.pk))

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


def token_facts(token: ApiToken) -> Facts:
    return [
        (_("Provider"), token.provider),
        (_("Name"), token.name),
        (_("Begins with"), token.prefix),
        (_("Can be used for"), ", ".join(token.scopes)),
        (_("Requests per minute"), token.per_minute or _("the usual limit")),
        (_("Made"), token.made_at),
        (_("Created by"), token.made_by or _("an operator")),
        (_("Replaces"), token.replaces),
        (_("Works until"), token.expires_at),
        (_("Revoked"), token.revoked_at),
        (_("Last used"), token.last_used_at),
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
