"""Addresses that nobody can make up: a name of a row, signed for one purpose, or one that is a secret itself."""

import secrets
from uuid import UUID

from django.core.signing import BadSignature, Signer


def token_of(uuid: UUID, *, purpose: str) -> str:
    """What stands in the address; good for this purpose only."""
    return Signer(salt=purpose).sign(uuid.hex)


def uuid_in(token: str, *, purpose: str) -> UUID | None:
    """The row that is meant; None for what we have not signed, or for something else."""
    try:
        return UUID(Signer(salt=purpose).unsign(token))
    except (BadSignature, ValueError):
        return None


def secret_uuid() -> UUID:
    """128 bits of chance; six bits of a UUID that is made as one are always the same."""
    return UUID(bytes=secrets.token_bytes(16))
