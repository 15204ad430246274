"""The portal served by gunicorn, and a minimal signed-in HTTP client for pages and forms."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Barrier
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import User
from cmp_portal.lib.services.processes import free_port
from faults.world import World, until

SERVE = ("-m", "gunicorn", "--config", "python:cmp_portal.serving", "cmp_portal.wsgi")
TOKEN = "faults" * 5 + "ab"
TIMEOUT = 60.0


@dataclass(frozen=True)
class Answer:
    """A response and its duration; status 599 if there was none."""

    status: int
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    @property
    def is_error(self) -> bool:
        return self.status >= 500


@dataclass(frozen=True)
class Visitor:
    """A client: port, cookies and extra headers."""

    port: int
    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, form: bytes) -> Answer:
        return self._ask("POST", path, form)

    def _ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in {**self.cookies, "csrftoken": TOKEN}.items())
        headers = {"Host": "localhost", "Cookie": cookies, "Content-Type": MULTIPART_CONTENT, **self.headers}
        started = time.monotonic()
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)) as connection:
            try:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                content = response.read()
            except (OSError, HTTPException):
                return Answer(599, time.monotonic() - started)
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, time.monotonic() - started, found, content)


def start_web(world: World) -> int:
    """Start the portal under gunicorn as `make run` does, with all features enabled; returns its port on 127.0.0.1."""
    world.env.setdefault("FEES", "1")
    port = free_port()
    world.start("web", *SERVE, "--bind", f"127.0.0.1:{port}")
    until(lambda: Visitor(port).get("/healthz").status == 200, "the web server")
    return port


def filled(**data: Any) -> bytes:
    """A multipart form body as a browser sends it, with a freshly masked CSRF token."""
    page = HttpRequest()
    page.META["CSRF_COOKIE"] = TOKEN
    return encode_multipart(BOUNDARY, {"csrfmiddlewaretoken": get_token(page), **data})


def signed_in(user: User | None, port: int, known: Mapping[str, Any] | None = None) -> Visitor:
    """A visitor with a session written directly to the database: of the user, if any, who has just reauthenticated.

    `known` is added to the session's data.
    """
    client = Client()
    if user:
        client.force_login(user)
    session = client.session
    if user:
        session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
        session["account_authentication_methods_user"] = str(user.pk)
    session.update(known or {})
    session.save()
    return Visitor(port, {name: morsel.value for name, morsel in client.cookies.items()})


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all calls concurrently, released by a barrier; returns their results in order."""
    barrier = Barrier(len(calls))

    def together(call: Callable[[], Any]) -> Any:
        barrier.wait(TIMEOUT)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(together, calls))
