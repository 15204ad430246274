"""API tokens of providers: shown once and stored as digests. A fast hash suffices for 256 random bits."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from education.models import ApiToken, Provider

START, PREFIX = "cmp_", 12
USE_IS_NOTED_EVERY = timedelta(minutes=1)


class TokenRefused(Exception):
    """The token can't be created, replaced or revoked like this."""


@dataclass(frozen=True)
class Shown:
    """A token with its secret, which can't be shown again."""

    token: ApiToken
    secret: str


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def secret_of(key: UUID) -> str:
    """A token's secret, derived from its form's key and the installation's, so that a form creates one token."""
    made = hmac.digest(settings.SECRET_KEY.encode(), f"token {key}".encode(), "sha256")
    return START + urlsafe_b64encode(made).rstrip(b"=").decode()


@transaction.atomic
def make_token(
    *,
    provider: Provider,
    name: str,
    scopes: Collection[str],
    per_minute: int | None = None,
    by: User | None,
    at: datetime,
    replaces: ApiToken | None = None,
    key: UUID | None = None,
) -> Shown:
    """Creates a token, whose secret is not stored; idempotent for the same key and person.

    Raises TokenRefused if another token was created under the key.
    """
    secret = secret_of(key or uuid4())
    said = {"provider": provider, "name": name, "scopes": sorted(scopes), "per_minute": per_minute}
    token, _is_new = ApiToken.objects.get_or_create(
        sha256=digest(secret),
        defaults={**said, "prefix": secret[:PREFIX], "made_at": at, "made_by": by, "replaces": replaces},
    )
    if token.made_by != by:
        raise TokenRefused(_("Please open this page again."))
    if any(getattr(token, name) != value for name, value in said.items()):
        made = _(
            "The token “%(name)s” was already created from this page, and this one was not. Send it again if you"
            " need it too."
        )
        raise TokenRefused(made % {"name": token.name})
    return Shown(token, secret)


@transaction.atomic
def rotate_token(*, token: ApiToken, by: User | None, at: datetime, key: UUID | None = None) -> Shown:
    """Creates a replacement for a token; the old one stays valid for a grace period. Idempotent for the same key."""
    token = ApiToken.objects.select_for_update(of=("self",)).select_related("provider").get(pk=token.pk)
    if key and (known := ApiToken.objects.filter(replaces=token, sha256=digest(secret_of(key)), made_by=by).first()):
        return Shown(known, secret_of(key))
    if token.revoked_at or token.expires_at:
        raise TokenRefused(_("This token has already been revoked or replaced."))
    token.expires_at = at + timedelta(hours=settings.API_TOKEN_GRACE_HOURS)
    token.save(update_fields=["expires_at"])
    return make_token(
        provider=token.provider,
        name=token.name,
        scopes=token.scopes,
        per_minute=token.per_minute,
        by=by,
        at=at,
        replaces=token,
        key=key,
    )


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User | None, at: datetime) -> ApiToken:
    """Makes a token invalid from the next request on. Idempotent."""
    token = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by = at, by
        token.save(update_fields=["revoked_at", "revoked_by"])
    return token


def token_of(secret: str, *, at: datetime) -> ApiToken | None:
    """The token with this secret, if it is valid at this moment; its use is recorded at most once a minute."""
    is_good = Q(expires_at=None) | Q(expires_at__gt=at), Q(revoked_at=None)
    token = ApiToken.objects.select_related("provider").filter(*is_good, sha256=digest(secret)).first()
    if token and (token.last_used_at is None or token.last_used_at <= at - USE_IS_NOTED_EVERY):
        ApiToken.objects.filter(
            Q(last_used_at=None) | Q(last_used_at__lte=at - USE_IS_NOTED_EVERY), pk=token.pk
        ).update(last_used_at=at)
    return token
