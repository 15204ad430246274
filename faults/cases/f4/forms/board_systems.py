"""Forms about providers' systems: API tokens, webhooks and their notices."""

from collections.abc import Callable

from django.db.models import Model
from django.urls import reverse

from accounts.enums import Role
from cmp_portal.lib import clock
from education.models import ApiToken, Webhook, WebhookNotice
from faults.cases.f4.forms.board_queues import a_provider
from faults.cases.f4.forms.form import Form, read_from, staff
from tests import factories

URL = "https://learning.example.org/hooks"


def page_of(model: str, name: str, *args: object) -> str:
    return reverse(f"admin:education_{model}_{name}", args=args)


def make_token() -> Form:
    said = {"provider": a_provider().pk, "name": "LMS, live", "scopes": ["completions:read"], "per_minute": ""}
    return read_from(page_of("apitoken", "add"), staff(Role.REGISTRAR), said)


def add_webhook() -> Form:
    return read_from(page_of("webhook", "add"), staff(Role.REGISTRAR), {"provider": a_provider().pk, "url": URL})


def change_webhook() -> Form:
    webhook = factories.WebhookFactory(provider=a_provider())
    return read_from(page_of("webhook", "change", webhook.pk), staff(Role.REGISTRAR), {"url": f"{URL}/new"})


def press(act: str, prepared: Callable[[], Model]) -> Callable[[], Form]:
    """A button on a row's page; its effect is which of the row's timestamps are set."""

    def make() -> Form:
        row = prepared()
        page, to = (page_of(str(row._meta.model_name), name, row.pk) for name in ("change", act))
        return read_from(page, staff(Role.REGISTRAR), to=to, effect=lambda: what_is(row))

    return make


def what_is(row: Model) -> dict[str, bool]:
    """Which timestamps of the row are set."""
    fresh = type(row)._base_manager.filter(pk=row.pk).values().get()
    return {name: value is not None for name, value in fresh.items() if name.endswith(("_at", "_until"))}


def a_token() -> ApiToken:
    token: ApiToken = factories.ApiTokenFactory(provider=a_provider())
    return token


def a_webhook(**of: object) -> Webhook:
    webhook: Webhook = factories.WebhookFactory(provider=a_provider(), **of)
    return webhook


def a_webhook_off() -> Webhook:
    return a_webhook(disabled_at=clock.now())


def a_notice() -> WebhookNotice:
    notice: WebhookNotice = factories.WebhookNoticeFactory(webhook=a_webhook(), attempts=1)
    notice.delivered_at = clock.now()
    notice.save()
    return notice


FORMS = {
    "create a token": make_token,
    "replace a token": press("rotate", a_token),
    "revoke a token": press("revoke", a_token),
    "add a webhook": add_webhook,
    "change the address of a webhook": change_webhook,
    "replace a secret": press("rotate", a_webhook),
    "turn off a webhook": press("switch", a_webhook),
    "turn on a webhook": press("switch", a_webhook_off),
    "test a webhook": press("test", a_webhook),
    "resend a notice": press("resend", a_notice),
}
