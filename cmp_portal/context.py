from typing import Any

from django.conf import settings
from django.http import HttpRequest


def board(request: HttpRequest) -> dict[str, Any]:
    """The Board's own names, for every template."""
    return {
        "board_name": settings.BOARD_NAME,
        "provider_credits_name": settings.PROVIDER_CREDITS_NAME,
        "earn_ce_url": settings.EARN_CE_URL,
        "staff_login_name": settings.OIDC_NAME,
    }
