"""Prometheus metrics of the web processes: requests by route."""

import os
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram
    from prometheus_client.registry import Collector

# Directory where the processes of a web server share their counts; set by `cmp_portal.serving`.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
# In seconds; a page takes about 10 ms, a login 50, a document 500.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@cache
def _counts() -> "tuple[CollectorRegistry, Counter, Histogram]":
    """Created on the first request, so that commands and workers never import the library."""
    from prometheus_client import CollectorRegistry, Counter, Histogram

    own = CollectorRegistry()
    requests = Counter("cmp_requests", "Requests by page and status.", ["route", "status"], registry=own)
    seconds = Histogram("cmp_request_seconds", "Response time by page.", ["route"], buckets=BUCKETS, registry=own)
    return own, requests, seconds


def observe(route: str, status: int, seconds: float) -> None:
    """Count a request of this process."""
    requests, times = _counts_of(route, status)
    requests.inc()
    times.observe(seconds)


@cache
def _counts_of(route: str, status: int) -> "tuple[Counter, Histogram]":
    """Looking them up by their labels takes longer than counting; there are as many as routes and statuses."""
    _own, requests, times = _counts()
    return requests.labels(route, status), times.labels(route)


def exposition(collectors: "Iterable[Collector]") -> bytes:
    """The metrics in Prometheus text format: from these collectors, and from all processes of this web server."""
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
