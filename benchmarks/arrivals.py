"""Open-loop load generator: requests arrive at random at a given rate, however slow the responses are.

A closed loop of clients that wait for each response can't show how the portal behaves under a crowd.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from time import monotonic
from urllib.parse import urlencode

TOKEN = "a" * 32
PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class Ask:
    """A request in a session: a POST if `form` is given, else a GET."""

    path: str
    session: str
    form: tuple[tuple[str, str], ...] = ()

    def sent(self) -> bytes:
        cookies = f"sessionid={self.session}; csrftoken={TOKEN}"
        lines = ["Host: localhost", f"Cookie: {cookies}", "Connection: close"]
        if not self.form:
            return "\r\n".join([f"GET {self.path} HTTP/1.1", *lines, "", ""]).encode()
        body = urlencode([*self.form, ("csrfmiddlewaretoken", TOKEN)])
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        return "\r\n".join([f"POST {self.path} HTTP/1.1", *lines, "", body]).encode()


@dataclass(frozen=True)
class Answer:
    """The response; `due` is the scheduled time, and `seconds` counts from it. Status 0 means no response."""

    ask: Ask
    due: float
    seconds: float
    status: int
    says_when: bool

    @property
    def is_page(self) -> bool:
        return self.status in {200, 302}

    @property
    def asks_to_come_back(self) -> bool:
        return self.status == 503 and self.says_when


def arrive(port: int, asks: Iterable[Ask], *, rate: float, seed: int = 1) -> list[Answer]:
    """Send requests as a Poisson process of `rate` per second; responses in the order of the requests."""
    return asyncio.run(_arrive(port, asks, rate, Random(seed)))  # noqa: S311 (no secret)


async def _arrive(port: int, asks: Iterable[Ask], rate: float, chance: Random) -> list[Answer]:
    started, due, waiting = monotonic(), 0.0, []
    for ask in asks:
        due += chance.expovariate(rate)
        await asyncio.sleep(max(0.0, started + due - monotonic()))
        waiting.append(asyncio.create_task(_answer(port, ask, started, due)))
    return await asyncio.gather(*waiting)


async def _answer(port: int, ask: Ask, started: float, due: float) -> Answer:
    try:
        head = await asyncio.wait_for(_head(port, ask), PATIENCE)
    except (OSError, TimeoutError):
        head = b""
    status = int(head.split(b" ", 2)[1]) if head else 0
    return Answer(ask, due, monotonic() - started - due, status, b"\r\nretry-after:" in head.lower())


async def _head(port: int, ask: Ask) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(ask.sent())
        answer = await reader.read(-1)
    finally:
        writer.close()
    return answer.partition(b"\r\n\r\n")[0]
