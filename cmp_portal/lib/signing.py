"""What anybody can check without asking us: statements signed with Ed25519 under the site's own identifier.

The newest key signs. Keys of before, their public halves alone will do, stay published as long as something that they
signed is to be believed.
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
    """Nothing can be signed: no key is set, or what is set is none."""


@dataclass(frozen=True)
class Keys:
    """The key that signs, and all that are published by their names, the newest first."""

    private: Ed25519PrivateKey
    public: Mapping[str, Ed25519PublicKey]

    @property
    def newest(self) -> str:
        return next(iter(self.public))


def can_sign() -> bool:
    """Whether there is a key; in development there always is one."""
    return bool(settings.BADGE_KEYS) or not settings.PRODUCTION


def keys() -> Keys:
    """The keys of the settings; in development one made from the secret key."""
    if settings.BADGE_KEYS:
        return _read(settings.BADGE_KEYS)
    if settings.PRODUCTION:
        raise NoKey("BADGE_KEYS is not set")
    return _named([Ed25519PrivateKey.from_private_bytes(hashlib.sha256(settings.SECRET_KEY.encode()).digest())])


@cache
def _read(text: str) -> Keys:
    found = [(block.group(1), block.group().encode()) for block in BLOCK.finditer(text)]
    if not found:
        raise NoKey("BADGE_KEYS has no key in PEM")
    return _named(
        [load_pem_private_key(pem, None) if kind == "PRIVATE" else load_pem_public_key(pem) for kind, pem in found]
    )


def _named(given: list[Any]) -> Keys:
    if not isinstance(given[0], Ed25519PrivateKey):
        raise NoKey("the first of BADGE_KEYS is not a private Ed25519 key")
    public = [key.public_key() if isinstance(key, Ed25519PrivateKey) else key for key in given]
    if not all(isinstance(key, Ed25519PublicKey) for key in public):
        raise NoKey("BADGE_KEYS has a key that is not Ed25519")
    return Keys(given[0], {_thumbprint(key): key for key in public})


def _jwk(key: Ed25519PublicKey) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": base64url(key.public_bytes_raw())}


def _thumbprint(key: Ed25519PublicKey) -> str:
    """The name of a key by what it is (RFC 7638)."""
    canonical = json.dumps(_jwk(key), sort_keys=True, separators=(",", ":"))
    return base64url(hashlib.sha256(canonical.encode()).digest())


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


# --- What is published ------------------------------------------------------------------------------------------------


def own_did() -> str:
    """The site as an issuer: did:web names it by its host."""
    return f"did:web:{urlsplit(settings.SITE_URL).netloc.replace(':', '%3A')}"


def jwks() -> dict[str, Any]:
    """All public keys as a JSON Web Key Set."""
    return {"keys": [{**_jwk(key), "kid": kid, "use": "sig", "alg": ALGORITHM} for kid, key in keys().public.items()]}


def did_document() -> dict[str, Any]:
    """All public keys as the document behind the site's identifier."""
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
    """The statement as a JWT by the newest key; the same statement and key give the same text."""
    known = keys()
    headers = {"kid": f"{own_did()}#{known.newest}", "typ": "JWT"}
    return jwt.encode(dict(payload), known.private, algorithm=ALGORITHM, headers=headers)


def statement_in(token: str) -> dict[str, Any] | None:
    """What we have signed, whenever; None for anything else."""
    try:
        kid = str(jwt.get_unverified_header(token).get("kid", "")).partition("#")[2]
        key = keys().public[kid]
        # Whether it has ended is said by what it is about.
        stated: dict[str, Any] = jwt.decode(token, key, [ALGORITHM], options={"verify_exp": False, "verify_nbf": False})
    except (jwt.InvalidTokenError, KeyError, NoKey, ValueError):
        return None
    return stated
