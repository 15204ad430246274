"""How much password hashing slows other requests, and whether response times reveal which accounts exist."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from itertools import count
from statistics import median
from threading import Event
from time import perf_counter
from urllib.parse import urlencode

from django.contrib.auth.hashers import make_password

from accounts.models import User
from benchmarks.harness import case

CLIENTS = 50
PAIRS = 100
TOKEN = "a" * 32
FORM = "/account/login/"


def login(connection: HTTPConnection, email: str, address: int) -> bytes:
    """A login with a wrong password, from an IP address that nobody else uses."""
    body = urlencode({"login": email, "password": "nine tubes of citrate", "csrfmiddlewaretoken": TOKEN})
    headers = {"Host": "localhost", "Cookie": f"csrftoken={TOKEN}", "Content-Type": "application/x-www-form-urlencoded"}
    headers["X-Forwarded-For"] = f"10.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"
    connection.request("POST", FORM, body, headers)
    answer = connection.getresponse()
    if answer.status not in (200, 503):
        raise RuntimeError(f"{FORM} answered {answer.status}")
    return answer.read()


@contextmanager
def flood(port: int, addresses: Iterator[int]) -> Iterator[None]:
    """Fifty clients try passwords without a pause during the block."""
    enough = Event()

    def client() -> None:
        while not enough.is_set():
            with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                address = next(addresses)
                login(connection, f"nobody-{address}@example.org", address)

    with ThreadPoolExecutor(CLIENTS) as threads:
        clients = [threads.submit(client) for _client in range(CLIENTS)]
        try:
            yield
        finally:
            enough.set()
    for one in clients:
        one.result()


@case("16", "My Account, p50 during a flood of logins by 50 clients against a quiet one", at_most=1.5, rounds=5)
def under_a_flood(site):
    addresses = count(1)

    def flooded() -> float:
        with flood(site.web.port, addresses):
            return median(site.web.times("/account/", site.usual))

    return flooded, site.web.p50("/account/", site.usual)


@case("–", "A wrong password of a known address against an unknown one", at_most=1.1, rounds=5)
def known_or_not(site):
    known = list(User.objects.order_by("id").values_list("email", flat=True)[: 5 * PAIRS])
    User.objects.filter(email__in=known).update(password=make_password("ten tubes of citrate"))
    addresses = count(5_000_000)

    def typical(emails: Iterator[str]) -> float:
        with closing(HTTPConnection("127.0.0.1", site.web.port, timeout=60)) as connection:
            return median(_milliseconds(connection, next(emails), next(addresses)) for _time in range(PAIRS))

    # Each email address only once, so that no rate limit applies.
    there, nowhere = iter(known), (f"nobody-{number}@example.org" for number in count())
    return lambda: typical(there), lambda: typical(nowhere)


def _milliseconds(connection: HTTPConnection, email: str, address: int) -> float:
    started = perf_counter()
    login(connection, email, address)
    return (perf_counter() - started) * 1000
