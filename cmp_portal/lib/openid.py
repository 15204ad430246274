"""OpenID Connect login: authorization code flow with PKCE; every ID token is verified.

Source: OpenID Connect Core 1.0, 3.1; RFC 9700 (best current practice).
"""

import hmac
import json
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

TIMEOUT = 5.0  # seconds
LARGEST = 256 * 1024  # bytes of any answer
# Asymmetric algorithms only; the token's own `alg` is accepted only if it is one of these.
ALGORITHMS = ("RS256", "PS256", "ES256")
LEEWAY = 60  # seconds of clock skew
ENDPOINTS = {"authorization_endpoint", "token_endpoint", "jwks_uri"}
Claims = Mapping[str, Any]


class NotSignedIn(Exception):
    """The provider could not be reached or its answer is invalid; the message is for the log, without secrets."""


@dataclass(frozen=True)
class Pending:
    """What the session keeps until the provider redirects the browser back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Provider:
    """An OpenID provider and our client credentials there."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    allow_http: bool = False

    def begin(self, *, callback: str, acr: str = "") -> tuple[str, Pending]:
        """The URL to redirect the browser to, and what to keep in the session."""
        pending = Pending(*(secrets.token_urlsafe(32) for _part in range(3)))
        challenge = urlsafe_b64encode(sha256(pending.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": callback,
            "scope": "openid email profile",
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        } | ({"acr_values": acr} if acr else {})
        page = self._configuration()["authorization_endpoint"]
        return f"{page}{'&' if urlsplit(page).query else '?'}{urlencode(asked)}", pending

    def finish(self, pending: Pending, *, state: str, code: str, callback: str) -> Claims:
        """Exchange the code for verified claims about the user; raises NotSignedIn if any check fails."""
        if not hmac.compare_digest(state.encode(), pending.state.encode()):
            raise NotSignedIn("state mismatch")
        configuration = self._configuration()
        tokens = self._exchange(configuration, code=code, callback=callback, verifier=pending.verifier)
        claims = self._checked(str(tokens.get("id_token", "")), configuration, nonce=pending.nonce)
        more = self._more(configuration, str(tokens.get("access_token", "")))
        if more and more.get("sub") != claims["sub"]:
            raise NotSignedIn("subject mismatch")
        return more | claims

    def _configuration(self) -> dict[str, Any]:
        found = self._ask(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise NotSignedIn("issuer mismatch")
        if missing := sorted(ENDPOINTS - found.keys()):
            raise NotSignedIn(f"the configuration lacks {', '.join(missing)}")
        return found

    def _exchange(self, configuration: Claims, *, code: str, callback: str, verifier: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": verifier}
        headers = {}
        if "client_secret_post" in configuration.get("token_endpoint_auth_methods_supported", ()):
            form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        else:
            both = f"{quote(self.client_id, safe='')}:{quote(self.client_secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(both.encode()).decode()}"
        return self._ask(str(configuration["token_endpoint"]), urlencode(form).encode(), headers)

    def _checked(self, token: str, configuration: Claims, *, nonce: str) -> dict[str, Any]:
        import jwt  # imported here, so that only logins pay for it

        try:
            kid = jwt.get_unverified_header(token).get("kid")
            keys = jwt.PyJWKSet.from_dict(self._ask(str(configuration["jwks_uri"]))).keys
            fitting = [key for key in keys if key.key_id == kid and key.public_key_use in (None, "sig")]
            if len(fitting) != 1:
                raise NotSignedIn("unknown key")
            claims: dict[str, Any] = jwt.decode(
                token,
                fitting[0].key,
                algorithms=ALGORITHMS,
                issuer=self.issuer,
                audience=self.client_id,
                leeway=LEEWAY,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except jwt.PyJWTError as error:
            raise NotSignedIn(type(error).__name__) from None
        if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise NotSignedIn("nonce mismatch")
        if claims.get("azp", self.client_id) != self.client_id:
            raise NotSignedIn("issued to another client")
        return claims

    def _more(self, configuration: Claims, access_token: str) -> dict[str, Any]:
        """Claims from the userinfo endpoint, if there is one."""
        if not access_token or "userinfo_endpoint" not in configuration:
            return {}
        return self._ask(str(configuration["userinfo_endpoint"]), headers={"Authorization": f"Bearer {access_token}"})

    def _ask(self, address: str, form: bytes | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        if urlsplit(address).scheme != "https" and not (self.allow_http and urlsplit(address).scheme == "http"):
            raise NotSignedIn("URL without https")
        asked = Request(address, data=form, headers={"Accept": "application/json", **(headers or {})})  # noqa: S310
        try:
            with build_opener(_NoRedirect).open(asked, timeout=TIMEOUT) as answer:
                found = json.loads(answer.read(LARGEST))
        except (OSError, HTTPException, ValueError) as error:
            raise NotSignedIn(f"{urlsplit(address).path}: {type(error).__name__}") from None
        if not isinstance(found, dict):
            raise NotSignedIn(f"{urlsplit(address).path}: not an object")
        return found


class _NoRedirect(HTTPRedirectHandler):
    """Follow no redirects: secrets go only where the provider's configuration says."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        return None
