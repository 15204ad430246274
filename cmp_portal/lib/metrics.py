"""What the web processes count for Prometheus: requests by the name of the page."""

import os
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram
    from prometheus_client.registry import Collector

# Where the processes of one web server keep what they counted; said by `cmp_portal.serving`.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
# In seconds; a page takes some 10 ms, a sign-in 50, a document 500.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@cache
def _counts() -> "tuple[CollectorRegistry, Counter, Histogram]":
    """Made with the first request, so that a command or a worker never loads it."""
    from prometheus_client import CollectorRegistry, Counter, Histogram

    own = CollectorRegistry()
    requests = Counter("cmp_requests", "Requests by page and status.", ["route", "status"], registry=own)
    seconds = Histogram("cmp_request_seconds", "Time to answer, by page.", ["route"], buckets=BUCKETS, registry=own)
    return own, requests, seconds


def observe(route: str, status: int, seconds: float) -> None:
    """Counts a request of this process."""
    _own, requests, times = _counts()
    requests.labels(route, status).inc()
    times.labels(route).observe(seconds)


def exposition(collectors: "Iterable[Collector]") -> bytes:
    """The text that Prometheus reads: what these say, and what all processes of this web server have counted."""
    from prometheus_client import CollectorRegistry, generate_latest, multiprocess

    if not os.environ.get(FOLDER):
        registry, _requests, _seconds = _counts()
        return _text(collectors) + generate_latest(registry)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return _text(collectors) + generate_latest(registry)


def _text(collectors: "Iterable[Collector]") -> bytes:
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    for one in collectors:
        registry.register(one)
    return generate_latest(registry)
