"""Prometheus metrics, and who may read them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from declarations.enums import State
from tests.factories import (
    AlertFactory,
    CorrespondenceFactory,
    DeclarationFactory,
    HolderFactory,
    IntakeRowFactory,
    JobRunFactory,
    in_state,
)

pytestmark = pytest.mark.django_db
TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture
def scrape(client, settings):
    """Everything told, by name and labels."""
    settings.METRICS_TOKEN = TOKEN

    def get():
        answer = client.get(reverse("metrics"), headers={"Authorization": f"Bearer {TOKEN}"})
        families = text_string_to_metric_families(answer.content.decode())
        return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}

    return get


def status(client, **headers):
    return client.get(reverse("metrics"), headers=headers).status_code


def test_it_is_closed_while_nobody_is_named(client):
    assert status(client) == 403
    assert status(client, Authorization="Bearer ") == 403


@pytest.mark.parametrize(
    ("given", "expected"), [(f"Bearer {TOKEN}", 200), (f"Bearer {TOKEN}x", 403), (TOKEN, 403), ("Bearer é", 403)]
)
def test_the_token_opens_it(client, settings, given, expected):
    settings.METRICS_TOKEN = TOKEN

    assert status(client, Authorization=given) == expected


@pytest.mark.parametrize(("network", "expected"), [("127.0.0.0/8", 200), ("10.0.0.0/8", 403), ("::1/128", 403)])
def test_a_network_opens_it(client, settings, network, expected):
    settings.METRICS_NETWORKS = [network]

    assert status(client) == expected


@pytest.mark.parametrize(("header", "value"), [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https")])
def test_whoever_comes_through_the_proxy_is_not_near(client, settings, header, value):
    settings.METRICS_NETWORKS = ["127.0.0.0/8"]

    assert status(client, **{header: value}) == 403


def test_what_waits_is_counted(scrape, now):
    AlertFactory(created_at=now - timedelta(minutes=5))
    AlertFactory(created_at=now, leased_until=now + timedelta(seconds=30))
    AlertFactory(created_at=now - timedelta(days=2), attempts=9, next_try_at=now + timedelta(hours=20))
    AlertFactory(created_at=now - timedelta(days=2), attempts=12, failed_at=now)
    AlertFactory(emailed_at=now)
    in_state(DeclarationFactory(), State.SUBMITTED, at=now)
    IntakeRowFactory()

    told = scrape()

    assert (told["cmp_alerts_undelivered",], told["cmp_alerts_oldest_seconds",], told["cmp_alerts_refused",]) == (
        2,
        300,
        1,
    )
    assert (told["cmp_declarations_waiting", "submitted"], told["cmp_declarations_waiting", "under_audit"]) == (1, 0)
    assert (told["cmp_intake_unmatched",], told["cmp_database_up",]) == (1, 1)


def test_jobs_are_told_by_their_last_success(scrape, now):
    start = now - timedelta(minutes=10)
    JobRunFactory(name="send_reminders", started_at=start, ended_at=start + timedelta(seconds=90), rows=7)
    JobRunFactory(name="send_reminders", started_at=now, ended_at=now, error="OperationalError")

    told = {
        name[0].removeprefix("cmp_job_"): value for name, value in scrape().items() if name[1:] == ("send_reminders",)
    }

    assert told == {
        "last_success_timestamp_seconds": (start + timedelta(seconds=90)).timestamp(), "duration_seconds": 90,
        "rows": 7, "failures": 1, "late": 0, "running": 0, "interrupted": 0,
    }  # fmt: skip


def test_the_queue_is_counted_and_absent_without_a_broker(scrape, settings):
    assert scrape()["cmp_queue_depth",] == 0

    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert ("cmp_queue_depth",) not in scrape()


def test_requests_are_counted_by_the_name_of_the_page(client, scrape):
    before = scrape()
    client.get("/")
    client.get("/no-such-page/")
    after = scrape()

    def more(*name):
        return after.get(name, 0) - before.get(name, 0)

    assert (more("cmp_requests_total", "guide", "200"), more("cmp_requests_total", "unknown", "404")) == (1, 1)
    assert more("cmp_request_seconds_count", "guide") == 1


def test_addresses_that_refuse_email_are_counted(scrape, now):
    for kept in ("gone@example.org", "earlier@example.org"):
        holder = HolderFactory(email="gone@example.org")
        CorrespondenceFactory(holder=holder, unreachable_email=kept, unreachable_at=now)

    assert scrape()[("cmp_addresses_unreachable",)] == 1
