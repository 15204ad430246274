"""Each service of docker-compose.yml, started with its own command and environment and checked by its health check."""

import json
from contextlib import closing
from datetime import timedelta
from http.client import HTTPConnection

import pytest
from gunicorn.config import Config

from cmp_portal import serving
from tests.deployment.composed import SERVICES, until


@pytest.mark.parametrize("service", ["db", "redis", "store", "web", "worker", "beat", "proxy"])
def test_service_becomes_healthy(composed, service):
    assert composed.becomes_healthy(service), (composed.check(service).stderr, composed.words_of(service))


def test_beat_reaches_the_database_through_broker_and_worker(composed):
    """A tick of beat is a run on record a moment later; and what is ready is told through the proxy."""

    def told():
        return json.loads(composed.ask("/readyz")[2])

    assert until(lambda: told()["jobs"]["work_on_feeds"]["age"] is not None, 60)
    assert {name: told()[name] for name in ("ready", "database", "migrations", "cache", "broker")} == {
        "ready": True,
        "database": True,
        "migrations": True,
        "cache": True,
        "broker": True,
    }


def test_the_proxy_serves_pages_by_https(composed):
    status, headers, body = composed.ask("/account/login/")

    assert (status, "<title>" in body) == (200, True)
    assert headers["Strict-Transport-Security"].startswith("max-age=63072000")


def test_the_doctor_has_no_problem_with_any_service(composed):
    done = composed.finish("web", "python", "manage.py", "doctor", "--json")
    found = [said for line in done.stdout.splitlines() if "what" in (said := json.loads(line))]

    assert {one["what"] for one in found} >= {"database", "broker", "cache", "documents", "mail"}
    assert [one for one in found if one["level"] == "problem"] == []


def test_first_administrator_is_made_by_one_command(composed):
    password = {"DJANGO_SUPERUSER_PASSWORD": "quite-a-long-secret-of-one"}
    command = ["python", "manage.py", "createsuperuser", "--no-input", "--email", "first@example.org"]

    done = composed.finish("web", *command, **password)

    assert (done.returncode, "Superuser created" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("path", "status", "leads_to"),
    [("/account/login/", 301, "https://localhost"), ("/api/v1/completions", 403, ""), ("/metrics", 403, "")],
)
def test_by_plain_http_pages_lead_to_https_and_programs_are_refused(composed, path, status, leads_to):
    with closing(HTTPConnection("localhost", composed.ports["http"], timeout=30)) as visitor:
        visitor.request("GET", path)
        answer = visitor.getresponse()

    assert (answer.status, answer.headers.get("Location", "")[:17]) == (status, leads_to)


def test_redis_lets_nobody_in_without_its_password(composed):
    asked = composed.finish("redis", "redis-cli", "-p", str(composed.ports["redis"]), "ping")

    assert (asked.returncode, "AuthenticationError" in asked.stderr) == (1, True)


def test_pages_are_sent_compressed(composed):
    headers = composed.headers("/account/login/", **{"Accept-Encoding": "gzip"})

    assert headers["Content-Encoding"] == "gzip"


def test_what_the_proxy_announces_can_be_reached(composed):
    """A browser told of HTTP/3 tries UDP."""
    announced = composed.headers("/healthz").get("Alt-Svc", "")

    assert ("h3" in announced, "443:443/udp" in SERVICES["proxy"]["ports"]) == (True, True)


def test_the_proxy_closes_a_connection_at_rest_before_the_web_does(composed):
    """A form sent on one that the web is just closing would be lost, since no proxy sends it twice."""
    (nanoseconds,) = set(composed.settings_of_proxy("idle_timeout"))  # the same by HTTP and HTTPS
    seconds = vars(serving).get("keepalive", Config().keepalive)

    assert timedelta(microseconds=nanoseconds / 1000) < timedelta(seconds=seconds)
