from typing import Any
from uuid import uuid4

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.permissions import user_of
from cmp_portal.lib import clock
from cmp_portal.lib.fields import KeyedForm
from education import actions
from education.admin.systems.forms import TokenForm
from education.admin.systems.pages import Button, Facts, SystemAdmin
from education.models import ApiToken


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
        if request.method == "POST" and form.is_valid():
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
        return redirect(self.keep_filters(request, self.address("change", token.pk)))

    def revoke(self, request: HttpRequest, token: ApiToken) -> HttpResponse:
        actions.revoke_token(token=token, by=user_of(request), at=clock.now())
        messages.success(request, _("The token was revoked."))
        return redirect(self.keep_filters(request, self.address("change", token.pk)))

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
