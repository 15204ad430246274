import json

import pytest
from redis import Redis

from cmp_portal.lib import endpoints
from cmp_portal.lib.environment import InvalidEnvironment


@pytest.fixture
def run_file(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setattr(endpoints, "RUN_FILE", tmp_path / "run.json")
    return tmp_path / "run.json"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql:///cmp", {"NAME": "cmp"}),
        ("postgresql:///cmp?host=/tmp/Ab&user=cmp", {"NAME": "cmp", "HOST": "/tmp/Ab", "USER": "cmp"}),
        ("postgresql:///cmp?host=/a%20b%2Bc", {"NAME": "cmp", "HOST": "/a b+c"}),
        ("postgresql://cmp@%2Ftmp%2FAb/cmp", {"NAME": "cmp", "HOST": "/tmp/Ab", "USER": "cmp"}),
        (
            "postgres://ann:p%40ss%2F@db.example.org:5433/portal?sslmode=require",
            {
                "NAME": "portal",
                "USER": "ann",
                "PASSWORD": "p@ss/",
                "HOST": "db.example.org",
                "PORT": "5433",
                "OPTIONS": {"sslmode": "require"},
            },
        ),
        ("postgresql://[::1]:5433/cmp", {"NAME": "cmp", "HOST": "::1", "PORT": "5433"}),
    ],
)
def test_database_url_becomes_connection_settings(url, expected):
    nothing = {"NAME": "", "USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "OPTIONS": {}}

    assert endpoints.parse_database_url(url) == nothing | expected


@pytest.mark.parametrize("url", ["", "cmp", "mysql://localhost/cmp", "postgresql://localhost"])
def test_database_url_of_another_kind_is_refused(url):
    with pytest.raises(InvalidEnvironment):
        endpoints.parse_database_url(url)


def test_refusal_does_not_tell_the_password():
    with pytest.raises(InvalidEnvironment) as refusal:
        endpoints.parse_database_url("mysql://ann:secret@localhost/cmp")

    assert "secret" not in str(refusal.value)


def test_nothing_is_known_without_environment_and_run_file(run_file):
    assert (endpoints.database_url(), endpoints.redis_url()) == (None, None)


def test_run_file_tells_where_the_servers_listen(run_file):
    run_file.write_text(json.dumps({"database_url": "postgresql:///cmp", "redis_url": "unix:///tmp/v"}))

    assert (endpoints.database_url(), endpoints.redis_url()) == ("postgresql:///cmp", "unix:///tmp/v")


def test_environment_wins_over_the_run_file(run_file, monkeypatch):
    run_file.write_text(json.dumps({"database_url": "postgresql:///cmp", "redis_url": "unix:///tmp/v"}))

    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/cmp")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")

    assert (endpoints.database_url(), endpoints.redis_url()) == ("postgresql://elsewhere/cmp", "redis://elsewhere/0")


def test_links_lead_to_the_port_that_the_portal_runs_on(run_file):
    before = endpoints.site_url()

    run_file.write_text(json.dumps({"site_url": "http://localhost:8001"}))

    assert (before, endpoints.site_url()) == ("http://localhost:8000", "http://localhost:8001")


def test_another_database_is_of_another_portal(run_file, monkeypatch):
    run_file.write_text(json.dumps({"site_url": "http://localhost:8001"}))

    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/cmp")

    assert endpoints.site_url() == "http://localhost:8000"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"database_url": 7}'])
def test_broken_run_file_says_nothing(run_file, content):
    run_file.write_text(content)

    assert endpoints.database_url() is None


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ({}, "-c lock_timeout=3 -c statement_timeout=9"),
        ({"options": "-c jit=off"}, "-c lock_timeout=3 -c statement_timeout=9 -c jit=off"),
    ],
)
def test_parameters_join_what_the_address_asks_for(said, options):
    settings = {"OPTIONS": dict(said)}

    endpoints.set_parameters(settings, lock_timeout=3, statement_timeout=9)

    assert settings["OPTIONS"] == {"options": options}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://redis:6379/0", "redis://:a%20%2Fsecret@redis:6379/0"),
        ("rediss://user:old@redis:6379/0", "rediss://:a%20%2Fsecret@redis:6379/0"),
        ("unix:///run/valkey.sock?db=1", "unix://:a%20%2Fsecret@/run/valkey.sock?db=1"),
    ],
)
def test_address_of_redis_takes_a_password(url, expected):
    assert endpoints.with_password(url, "a /secret") == expected
    assert Redis.from_url(expected).get_connection_kwargs()["password"] == "a /secret"


@pytest.mark.parametrize(
    ("host", "options"),
    [("db.example.org", {"sslmode": "verify-full", "sslrootcert": "/ca.pem"}), ("/run/postgresql", {}), ("", {})],
)
def test_tls_is_demanded_of_other_machines(host, options):
    database = {"HOST": host, "OPTIONS": {}}

    endpoints.demand_tls(database, authority="/ca.pem")

    assert database["OPTIONS"] == options


def test_address_can_not_ask_for_less_tls():
    database = endpoints.parse_database_url("postgresql://cmp@db/cmp?sslmode=disable&application_name=web")

    endpoints.demand_tls(database, authority="/ca.pem")

    assert database["OPTIONS"] == {"sslmode": "verify-full", "sslrootcert": "/ca.pem", "application_name": "web"}
