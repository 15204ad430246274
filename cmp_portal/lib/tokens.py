"""Unguessable URLs: a row's UUID signed for one purpose, or a random UUID that is itself the secret."""

import secrets
from uuid import UUID

from django.core.signing import BadSignature, Signer


def token_of(uuid: UUID, *, purpose: str) -> str:
    """The signed token for the URL, valid for this purpose only."""
    return Signer(salt=purpose).sign(uuid.hex)


def uuid_in(token: str, *, purpose: str) -> UUID | None:
    """The row's UUID; None if the token was not signed by us, or for another purpose."""
    try:
        return UUID(Signer(salt=purpose).unsign(token))
    except (BadSignature, ValueError):
        return None


def secret_uuid() -> UUID:
    """A UUID of 128 random bits; uuid4 fixes six of them."""
    return UUID(bytes=secrets.token_bytes(16))
