"""A signed-in browser reduced to what a fault needs: pages, forms, and the same form several times at once."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Barrier
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import User

TOKEN = "faults" * 5 + "ab"
TIMEOUT = 60.0
Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds; status 599 when nothing did."""

    status: int
    location: str
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        return self.status >= 500

    @property
    def is_sign_out(self) -> bool:
        return "/login" in self.location

    @property
    def told(self) -> tuple[int, str]:
        """What the visitor sees of it."""
        return self.status, urlsplit(self.location)._replace(scheme="", netloc="").geturl()


@dataclass(frozen=True)
class Visitor:
    """Cookies and a port."""

    port: int
    cookies: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, form: bytes) -> Answer:
        return self._ask("POST", path, form, {"Content-Type": MULTIPART_CONTENT})

    def _ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in {**self.cookies, "csrftoken": TOKEN}.items())
        started = time.monotonic()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, {"Host": "localhost", "Cookie": cookies, **(headers or {})})
            response = connection.getresponse()
            response.read()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found.get("location", ""), time.monotonic() - started, found)
        except (OSError, HTTPException):
            return Answer(599, "", time.monotonic() - started)
        finally:
            connection.close()


def filled(**data: Any) -> bytes:
    """A form as a browser sends it, with the token against forgery."""
    return encode_multipart(BOUNDARY, {"csrfmiddlewaretoken": TOKEN, **data})


def signed_in(user: User, port: int) -> Visitor:
    """A visitor with a session of the user, made beside the server."""
    client = Client()
    client.force_login(user)
    return Visitor(port, {name: morsel.value for name, morsel in client.cookies.items()})


def at_once(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Calls all of them in the same moment; their results in order."""
    barrier = Barrier(len(calls))

    def together(call: Callable[[], Result]) -> Result:
        barrier.wait(TIMEOUT)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(together, calls))
