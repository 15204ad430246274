"""Prometheus metrics: business figures queried at scrape time, and the counters of web processes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from secrets import compare_digest
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest

from accounts.enums import RunState
from accounts.queries import JobStatus, job_statuses
from cmp_portal.lib import metrics
from cmp_portal.operations.backlog import backlog
from cmp_portal.operations.broker import queue_depth

if TYPE_CHECKING:
    from prometheus_client import Metric


def _succeeded_at(one: JobStatus) -> float | None:
    return one.won_ended_at.timestamp() if one.won_ended_at else None


def _seconds(one: JobStatus) -> float | None:
    return one.took.total_seconds() if one.took is not None else None


# Figures that a job does not have yet are omitted.
OF_A_JOB: tuple[tuple[str, str, Callable[[JobStatus], float | None]], ...] = (
    ("last_success_timestamp_seconds", "When it last succeeded", _succeeded_at),
    ("duration_seconds", "How long its last success took", _seconds),
    ("rows", "Rows processed by its last success", lambda one: one.won_rows),
    ("failures", "Runs that have failed since then", lambda one: one.failures),
    ("late", "Whether its last success is too long ago", lambda one: one.is_late),
    ("running", "Whether it is running", lambda one: one.state == RunState.RUNNING),
    ("interrupted", "Whether its last run was interrupted", lambda one: one.state == RunState.INTERRUPTED),
)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def may_read_metrics(request: HttpRequest) -> bool:
    """Allowed with the token, or from an allowed network if not through the proxy, which hides client addresses."""
    return _has_token(request) or _is_near(request)


def _has_token(request: HttpRequest) -> bool:
    wanted, given = settings.METRICS_TOKEN, request.headers.get("Authorization", "")
    return bool(wanted) and compare_digest(given.encode(), f"Bearer {wanted}".encode())


def _is_near(request: HttpRequest) -> bool:
    if "X-Forwarded-For" in request.headers or "X-Forwarded-Proto" in request.headers:
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a Unix socket has no address
        return False
    return any(address in ip_network(network) for network in settings.METRICS_NETWORKS)


def exposition(*, at: datetime) -> bytes:
    return metrics.exposition([Business(at)])


@dataclass(frozen=True)
class Business:
    """Collector of business figures; without the database it reports only that it is down."""

    at: datetime

    def collect(self) -> "Iterator[Metric]":
        try:
            found = [*_of_backlog(self.at), *_of_jobs(job_statuses(at=self.at))]
        except Error:
            found = []
        yield _gauge("cmp_database_up", "Whether the database responded.", {(): int(bool(found))})
        yield from found
        if (depth := queue_depth()) is not None:
            yield _gauge("cmp_queue_depth", "Ticks waiting for a worker; absent without a broker.", {(): depth})


def _of_backlog(at: datetime) -> "Iterator[Metric]":
    waits = backlog(at=at)
    age = (at - waits.alerts.oldest_at).total_seconds() if waits.alerts.oldest_at else 0
    states = {(state,): number for state, number in waits.declarations.items()}
    yield _gauge("cmp_alerts_undelivered", "Emails of alerts, and letters, that are due.", {(): waits.alerts.waiting})
    yield _gauge("cmp_alerts_oldest_seconds", "Age of the oldest of them.", {(): max(age, 0)})
    yield _gauge("cmp_alerts_refused", "Those that the mail server has refused so far.", {(): waits.alerts.refused})
    refusing = {(): waits.addresses.addresses}
    yield _gauge("cmp_addresses_unreachable", "Addresses on file that refuse email, so that none is sent.", refusing)
    yield _gauge("cmp_declarations_waiting", "Declarations the Board has to decide.", states, ["state"])
    yield _gauge("cmp_intake_unmatched", "Feed lines whose holder was not found.", {(): waits.unmatched})
    yield _gauge("cmp_documents_unchecked", "Documents not checked yet.", {(): waits.documents})


def _of_jobs(jobs: Iterable[JobStatus]) -> "Iterator[Metric]":
    known = list(jobs)
    for name, words, figure_of in OF_A_JOB:
        figures = {(one.job.name,): figure for one in known if (figure := figure_of(one)) is not None}
        yield _gauge(f"cmp_job_{name}", f"{words}, by job.", figures, ["job"])


def _gauge(name: str, words: str, values: Mapping[Any, float], labels: Iterable[str] = ()) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    gauge = GaugeMetricFamily(name, words, labels=list(labels))
    for key, value in values.items():
        gauge.add_metric(list(key), value)
    return gauge
