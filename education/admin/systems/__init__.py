"""Providers' systems in the back office: API tokens, webhooks and notices."""

from education.admin.systems.notices import WebhookNoticeAdmin
from education.admin.systems.tokens import ApiTokenAdmin
from education.admin.systems.webhooks import WebhookAdmin

__all__ = ["ApiTokenAdmin", "WebhookAdmin", "WebhookNoticeAdmin"]
