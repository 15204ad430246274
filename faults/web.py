"""The portal served by gunicorn, and a signed-in browser reduced to what a fault needs: pages and forms."""

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
    """What came back, and after how many seconds; status 599 when nothing did."""

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
    """Cookies and a port."""

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
    """The portal under gunicorn, as `make run` starts it, with all it can do; its port on 127.0.0.1."""
    world.env.setdefault("FEES", "1")
    port = free_port()
    world.start("web", *SERVE, "--bind", f"127.0.0.1:{port}")
    until(lambda: Visitor(port).get("/healthz").status == 200, "the first page")
    return port


def filled(**data: Any) -> bytes:
    """A form as a browser sends it, with the token against forgery, which looks different on each page."""
    page = HttpRequest()
    page.META["CSRF_COOKIE"] = TOKEN
    return encode_multipart(BOUNDARY, {"csrfmiddlewaretoken": get_token(page), **data})


def signed_in(user: User | None, port: int, known: Mapping[str, Any] | None = None) -> Visitor:
    """A visitor with a session made beside the server: of the user, if any, who has just said again who they are.

    `known`: what else the session holds.
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
    """Calls all of them in the same moment; their results in order."""
    barrier = Barrier(len(calls))

    def together(call: Callable[[], Any]) -> Any:
        barrier.wait(TIMEOUT)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(together, calls))
