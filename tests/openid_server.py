"""A small OpenID provider over real HTTP that can be told to lie: discovery, authorize, token, keys and userinfo."""

import json
import time
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "cmp-portal", "a secret & more: 100%"


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class OpenIdServer:
    """The claims about the one person who signs in, and what is wrong with them."""

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)  # overrides for the ID token
    userinfo: dict[str, Any] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    kid: str = "known"
    signer: str = ""  # the signing key, if it isn't the one named by kid
    algorithm: str = "RS256"
    asked: dict[str, dict[str, str]] = field(default_factory=dict)  # authorization requests by code
    seen: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            **self.configuration,
        }
        return {name: value for name, value in found.items() if value is not None}

    def keys(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(key("known").public_key()))
        return {"keys": [{**public, "kid": "known", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        code = f"code-{len(self.asked)}"
        self.asked[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def tokens(self, form: dict[str, str]) -> dict[str, Any]:
        """The token response; each code is valid once, and only with the verifier of its authorization request."""
        asked = self.asked.pop(form["code"])
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        assert challenge == asked["code_challenge"] and form["redirect_uri"] == asked["redirect_uri"]
        return {"access_token": "access", "token_type": "Bearer", "id_token": self.signed(asked["nonce"])}

    def signed(self, nonce: str) -> str:
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {name: value for name, value in {**said, **self.person, **self.token}.items() if value is not None}
        secret = {"RS256": key(self.signer or self.kid), "HS256": "x" * 32, "none": None}[self.algorithm]
        return jwt.encode(claims, secret, algorithm=self.algorithm, headers={"kid": self.kid})


@contextmanager
def an_openid_server():
    """Run a provider during the block."""
    server = OpenIdServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.seen.append(self.path)
            page, query = urlsplit(self.path).path, dict(_first(urlsplit(self.path).query))
            if page == "/authorize":
                self.send_response(302)
                self.send_header("Location", server.authorize(query))
                self.end_headers()
                return
            self._send(
                {
                    "/.well-known/openid-configuration": server.document,
                    "/keys": server.keys,
                    "/userinfo": lambda: {"sub": server.person["sub"], **server.userinfo},
                }[page]()
            )

        def do_POST(self):
            form = dict(_first(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self._send(server.tokens(form))

        def _send(self, document):
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            """Silence the request log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server.issuer = f"http://127.0.0.1:{listening.server_port}"
        Thread(target=listening.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield server
        finally:
            listening.shutdown()


def _first(query):
    return ((name, values[0]) for name, values in parse_qs(query).items())
