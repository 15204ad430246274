"""Statements that anyone can verify without asking us: JWTs signed with Ed25519 under the site's did:web identifier.

The newest key signs. Earlier keys, of which the public halves suffice, stay published as long as statements signed with
them are to be trusted.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from django.conf import settings

ALGORITHM = "EdDSA"
BLOCK = re.compile(r"-----BEGIN (PRIVATE|PUBLIC) KEY-----.+?-----END \1 KEY-----", re.DOTALL)


class NoKey(Exception):
    """Nothing can be signed: no key is set, or it is invalid."""


@dataclass(frozen=True)
class Keys:
    """The signing key, and all published keys by name, newest first."""

    private: Ed25519PrivateKey
    public: Mapping[str, Ed25519PublicKey]

    @property
    def newest(self) -> str:
        return next(iter(self.public))


def can_sign() -> bool:
    """Whether there is a signing key; in development there always is."""
    return bool(settings.BADGE_KEYS) or not settings.PRODUCTION


def keys() -> Keys:
    """The configured keys; in development, one derived from the secret key."""
    if settings.BADGE_KEYS:
        return _read(settings.BADGE_KEYS)
    if settings.PRODUCTION:
        raise NoKey("BADGE_KEYS is not set")
    return _named([Ed25519PrivateKey.from_private_bytes(hashlib.sha256(settings.SECRET_KEY.encode()).digest())])


@cache
def _read(text: str) -> Keys:
    found = [(block.group(1), block.group().encode()) for block in BLOCK.finditer(text)]
    if not found:
        raise NoKey("BADGE_KEYS has no PEM key")
    return _named(
        [load_pem_private_key(pem, None) if kind == "PRIVATE" else load_pem_public_key(pem) for kind, pem in found]
    )


def _named(given: list[Any]) -> Keys:
    if not isinstance(given[0], Ed25519PrivateKey):
        raise NoKey("the first key in BADGE_KEYS is not a private Ed25519 key")
    public = [key.public_key() if isinstance(key, Ed25519PrivateKey) else key for key in given]
    if not all(isinstance(key, Ed25519PublicKey) for key in public):
        raise NoKey("BADGE_KEYS has a key that is not Ed25519")
    return Keys(given[0], {_thumbprint(key): key for key in public})


def _jwk(key: Ed25519PublicKey) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": base64url(key.public_bytes_raw())}


def _thumbprint(key: Ed25519PublicKey) -> str:
    """The key's thumbprint (RFC 7638), used as its id."""
    canonical = json.dumps(_jwk(key), sort_keys=True, separators=(",", ":"))
    return base64url(hashlib.sha256(canonical.encode()).digest())


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


# --- What is published ------------------------------------------------------------------------------------------------


def own_did() -> str:
    """The site's issuer identifier: did:web with its host."""
    return f"did:web:{urlsplit(settings.SITE_URL).netloc.replace(':', '%3A')}"


def jwks() -> dict[str, Any]:
    """All public keys as a JSON Web Key Set."""
    return {"keys": [{**_jwk(key), "kid": kid, "use": "sig", "alg": ALGORITHM} for kid, key in keys().public.items()]}


def did_document() -> dict[str, Any]:
    """The DID document with all public keys."""
    did, public = own_did(), keys().public
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"],
        "id": did,
        "verificationMethod": [
            {"id": f"{did}#{kid}", "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": _jwk(key)}
            for kid, key in public.items()
        ],
        "assertionMethod": [f"{did}#{kid}" for kid in public],
    }


# --- What is signed ---------------------------------------------------------------------------------------------------


def signed(payload: Mapping[str, Any]) -> str:
    """Sign the statement as a JWT with the newest key; deterministic."""
    known = keys()
    headers = {"kid": f"{own_did()}#{known.newest}", "typ": "JWT"}
    return jwt.encode(dict(payload), known.private, algorithm=ALGORITHM, headers=headers)


def statement_in(token: str) -> dict[str, Any] | None:
    """The payload of a JWT that we have signed at any time; None for anything else."""
    try:
        kid = str(jwt.get_unverified_header(token).get("kid", "")).partition("#")[2]
        key = keys().public[kid]
        # Expiry is not checked here: whether it still holds follows from what it is about.
        stated: dict[str, Any] = jwt.decode(token, key, [ALGORITHM], options={"verify_exp": False, "verify_nbf": False})
    except (jwt.InvalidTokenError, KeyError, NoKey, ValueError):
        return None
    return stated
