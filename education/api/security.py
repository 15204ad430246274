"""Authentication: a bearer token in the Authorization header, and nothing else."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from ninja.security.base import AuthBase

from cmp_portal.lib import clock
from cmp_portal.lib.problems import Problem
from cmp_portal.lib.public_rate_limits import seconds_to_wait
from education.actions.tokens import token_of
from education.enums import ApiScope
from education.models import ApiToken, Provider

# One router for all operations, so that those with the same path share one entry.
router = Router()
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="providers"'}


class Token(AuthBase):
    """Accepts a token that is valid and has this scope, within its rate limit."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, scope: ApiScope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        token = token_of(secret.strip(), at=clock.now()) if kind.lower() == "bearer" else None
        if token is None:
            raise Problem(401, "Send a valid token: Authorization: Bearer cmp_…", headers=CHALLENGE)
        keep_pace("requests", token, amount=token.per_minute or settings.API_REQUESTS_PER_MINUTE, per=60)
        if self.scope not in token.scopes:
            raise Problem(403, f"This token does not have the scope {self.scope.value}.")
        return token


def keep_pace(name: str, token: ApiToken, *, amount: int, per: int, about: str = "") -> None:
    """Rate limit per token, or per token and subject (`about`). Raises Problem 429."""
    if wait := seconds_to_wait(name, key=f"{token.pk} {about}", amount=amount, per=per):
        raise Problem(429, f"Too many requests. Try again in {wait} seconds.", headers={"Retry-After": str(wait)})


def token_in(request: HttpRequest) -> ApiToken:
    return cast(ApiToken, request.auth)  # type: ignore[attr-defined]


def provider_in(request: HttpRequest) -> Provider:
    return token_in(request).provider
