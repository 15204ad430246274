"""A software passkey that answers WebAuthn challenges like a browser's authenticator."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import uuid4

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.models import User

HOST, ORIGIN, CHALLENGE = "localhost", "http://localhost", b"a challenge of the tests"
# What the server stores in the session with the challenge.
CHALLENGED = {"mfa.webauthn.state": {"challenge": websafe_encode(CHALLENGE), "user_verification": "preferred"}}
VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


@dataclass(frozen=True)
class Passkey:
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    name: bytes = field(default_factory=lambda: uuid4().bytes)

    def registered(self) -> dict[str, Any]:
        """The registration response."""
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        attested = AttestedCredentialData.create(bytes(16), self.name, public)
        seen = AuthenticatorData.create(_host(), VERIFIED | AuthenticatorData.FLAG.AT, 0, attested)
        said = CollectedClientData.create(CollectedClientData.TYPE.CREATE, CHALLENGE, ORIGIN)
        return self._answer(clientDataJSON=said, attestationObject=AttestationObject.create("none", seen, {}))

    def signed(self, user: User) -> str:
        """The authentication response when its owner logs in."""
        seen = AuthenticatorData.create(_host(), VERIFIED, 1)
        said = CollectedClientData.create(CollectedClientData.TYPE.GET, CHALLENGE, ORIGIN)
        signature = self.key.sign(seen + said.hash, ec.ECDSA(SHA256()))
        owner = user_pk_to_url_str(user).encode()
        return json.dumps(
            self._answer(clientDataJSON=said, authenticatorData=seen, signature=signature, userHandle=owner)
        )

    def of(self, user: User) -> Authenticator:
        """The passkey's record in the portal."""
        data = {"name": "Blue key", "credential": self.registered()}
        made: Authenticator = Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)
        return made

    def _answer(self, **parts: bytes) -> dict[str, Any]:
        name, response = websafe_encode(self.name), {part: websafe_encode(value) for part, value in parts.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": response}


def _host() -> bytes:
    return sha256(HOST.encode()).digest()
