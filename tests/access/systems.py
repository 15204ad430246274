"""Lines of the table for providers' API clients."""

from accounts.enums import Permission
from tests.access.desks import Desk, enter
from tests.access.rules import Address, Cell, by_token, everyone, who_may

API = [
    Address("api_explained", "The API, explained", get=everyone()),
    Address("api:openapi", "The API as an OpenAPI document", get=everyone()),
    Address("api:completions", "A provider's completions: list, deliver", get=by_token(), post=by_token()),
    Address("api:completion", "One of them: read, correct", get=by_token(), of=("delivered",)),
    Address("api:withdraw", "Withdraw it", post=by_token(), of=("delivered",)),
    Address("api:receipt", "The outcome of a delivery", get=by_token(), of=("receipt",)),
    Address("api:check", "Check a number and a name", post=by_token()),
]

SYSTEM_DESKS = [
    Desk("education.ApiToken", "API tokens", Permission.REFERENCE, keep=Permission.REGISTER),
    Desk("education.Webhook", "Webhooks", Permission.REFERENCE, keep=Permission.REGISTER),
    Desk(
        "education.WebhookNotice",
        "Notices to providers' systems",
        Permission.REFERENCE,
        keep=Permission.REGISTER,
        adds=False,
    ),
]

SYSTEM_ACTS = [
    *(
        Address(
            f"admin:education_{model.lower()}_{act}",
            words,
            get=enter(Cell.METHOD),
            post=who_may(Permission.REGISTER),
            of=(f"education.{model}",),
        )
        for model, act, words in [
            ("ApiToken", "rotate", "An API token: replace it"),
            ("ApiToken", "revoke", "An API token: revoke it"),
            ("Webhook", "rotate", "A webhook: replace its secret"),
            ("Webhook", "switch", "A webhook: disable or enable it"),
            ("Webhook", "test", "A webhook: send a test"),
            ("WebhookNotice", "resend", "A notice: send it again"),
        ]
    ),
]
