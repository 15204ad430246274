from typing import Any

from django.conf import settings
from django.http import HttpRequest

from cmp_portal.lib.sessions import lead


def board(request: HttpRequest) -> dict[str, Any]:
    """Settings that every template may show: the Board's names, and when to warn of session expiry."""
    return {
        "board_name": settings.BOARD_NAME,
        "provider_credits_name": settings.PROVIDER_CREDITS_NAME,
        "earn_ce_url": settings.EARN_CE_URL,
        "login_lead": lead(),
        "staff_login_name": settings.OIDC_NAME,
    }
