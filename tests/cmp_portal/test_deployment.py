import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from cmp_portal.lib.services.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
# Not in production; said by `wsgi.py`; taken by the store.
APART = {"CMP_DEBUG", "CMP_DEMO", "CMP_WEB", "EVIDENCE_ROOT"}
# How long something lasts, and where a list lies.
NO_SECRETS = {"API_KEYS_KEPT_HOURS", "API_TOKEN_GRACE_HOURS", "BREACHED_PASSWORDS"}
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_service_waits_for_the_migration(name):
    waits_for = COMPOSE["services"][name]["depends_on"]

    assert waits_for["migrate"] == {"condition": "service_completed_successfully"}


def test_every_setting_can_be_made():
    source = (ROOT / "cmp_portal" / "settings.py").read_text()
    read = set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', source)) | {"CMP_ENV"}

    assert read - APART == {name.removesuffix("_FILE") for name in COMPOSE["x-portal"]["environment"]}


def test_every_job_is_described(settings):
    described = (ROOT / "docs" / "operating.md").read_text().split("## Jobs")[1].split("## Health")[0]
    jobs = {entry["task"].rpartition(".")[2] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert {job for job in jobs if f"`{job}`" not in described} == set()


def test_services_depend_on_services_only():
    services = COMPOSE["services"]

    assert {needed for each in services.values() for needed in each.get("depends_on", [])} <= set(services)


def test_volumes_are_declared():
    used = {volume.split(":")[0] for each in COMPOSE["services"].values() for volume in each.get("volumes", [])}

    assert {name for name in used if not name.startswith("./")} == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", ["web", "worker", "beat", "migrate"])
def test_our_containers_can_do_little(name):
    service = COMPOSE["services"][name]

    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_container_has_a_limit_of_memory():
    assert {name for name, each in COMPOSE["services"].items() if "mem_limit" not in each} == set()


def test_logs_of_every_container_end_at_some_size():
    for name, each in COMPOSE["services"].items():
        assert (name, set(each["logging"]["options"])) == (name, {"max-size", "max-file"})


def test_no_container_reaches_what_was_logged():
    """They write to standard error, and Docker keeps it where none of them is let in."""
    mounted = {one.split(":")[0] for each in COMPOSE["services"].values() for one in each.get("volumes", [])}

    assert {one for one in mounted if one.startswith(("/", "~", ".."))} == set()
    assert {each["logging"]["driver"] for each in COMPOSE["services"].values()} == {"json-file"}
    ours = {name for name, each in COMPOSE["services"].items() if each.get("image") == "cmp-portal"}
    assert {name for name in ours if COMPOSE["services"][name].get("volumes")} == set()


def test_logs_of_every_container_can_be_sent_elsewhere_by_tls():
    elsewhere = yaml.safe_load((ROOT / "deploy" / "logs.yml").read_text())["services"]

    assert set(elsewhere) == set(COMPOSE["services"])
    for each in elsewhere.values():
        assert each["logging"]["options"]["syslog-address"].startswith("tcp+tls://")
        assert each["logging"]["options"]["syslog-tls-ca-cert"]


def test_every_service_that_stays_has_a_health_check():
    """Those tests that start processes run each of them."""
    staying = {name for name, each in COMPOSE["services"].items() if each["restart"] == "unless-stopped"}

    assert {name for name, each in COMPOSE["services"].items() if "healthcheck" in each} == staying
    assert set(COMPOSE["services"]) - staying == {"migrate"}


def test_services_are_these():
    """With what each runs where it is not the image's own command."""
    commands = {name: each.get("command") for name, each in COMPOSE["services"].items()}

    assert {name: str(command).split()[0].strip("[',\"") for name, command in commands.items()} == {
        "proxy": "caddy",
        "web": "None",
        "worker": "celery",
        "beat": "celery",
        "migrate": "sh",
        "db": "postgres",
        "redis": "redis-server",
        "store": "exec",
    }


def test_folders_of_the_checkout_that_are_mounted_exist_and_are_read_only():
    mounted = [one for each in COMPOSE["services"].values() for one in each.get("volumes", []) if one.startswith(".")]

    assert [one for one in mounted if not (ROOT / one.split(":")[0]).exists() or not one.endswith(":ro")] == []


def test_the_image_does_not_run_as_root():
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    assert [line for line in lines if line.startswith("USER")] == ["USER portal"]
    assert lines.index("USER portal") < next(at for at, line in enumerate(lines) if line.startswith("CMD"))


def test_secrets_are_files():
    named = {name for each in COMPOSE["services"].values() for name in each.get("secrets", [])}

    assert named == set(COMPOSE["secrets"])
    assert COMPOSE["secrets"] == {name: {"file": f"secrets/{name}"} for name in named}


def test_every_service_reads_only_the_secrets_it_is_given():
    for name, each in COMPOSE["services"].items():
        read = set(
            re.findall(
                r"/run/secrets/(\w+)",
                " ".join(str(each.get(part)) for part in ("entrypoint", "command", "environment", "healthcheck")),
            )
        )

        assert (name, read) == (name, set(each.get("secrets", [])))


def test_no_secret_is_in_a_variable():
    """Neither filled in nor handed through from `.env`."""
    environment = COMPOSE["x-portal"]["environment"]
    given = {name for name, value in environment.items() if not str(value).startswith("/run/secrets/")}
    variables = given | set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))

    assert {name for name in variables if re.search("KEYS?(_|$)|PASSWORD|SECRET|TOKEN", name)} == NO_SECRETS


def test_secrets_are_neither_versioned_nor_in_the_image():
    for file in (".gitignore", ".dockerignore"):
        assert "secrets/" in {line.strip("/") + "/" for line in (ROOT / file).read_text().split()}


def test_what_is_set_on_this_machine_is_not_in_the_image():
    assert ".env" in (ROOT / ".dockerignore").read_text().split()


def test_a_database_that_replays_its_journal_is_not_unhealthy():
    """`up --wait` waits for it, however long that takes after a crash or a restore."""
    assert COMPOSE["services"]["db"]["healthcheck"]["start_period"] == "1h"


def test_the_web_starts_as_in_its_container_and_becomes_healthy(tmp_path):
    """With the image's command and the compose file's health check; only the port is another, for both."""
    (tmp_path / "secret_key").write_text("k" * 64)
    port = str(free_port())
    environment = os.environ | {
        "CMP_ENV": "production",
        "SITE_URL": "https://portal.example.org",
        "ALLOWED_HOSTS": "portal.example.org",
        "SECRET_KEY_FILE": str(tmp_path / "secret_key"),
        "DATABASE_URL": "postgresql://cmp@127.0.0.1:1/cmp",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    command = next(line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("CMD"))
    command = shlex.split(
        re.sub(r"[\[\],]", " ", command.removeprefix("CMD")).replace("0.0.0.0:8000", f"127.0.0.1:{port}")
    )
    check = [*COMPOSE["services"]["web"]["healthcheck"]["test"][1:], port]

    def healthy():
        return subprocess.run(check, env=environment, cwd=ROOT, capture_output=True).returncode == 0

    assert not healthy()
    web = subprocess.Popen([sys.executable, "-m", *command], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        while not (is_healthy := healthy()) and time.monotonic() < until:
            time.sleep(0.2)
    finally:
        web.send_signal(signal.SIGTERM)
        ended = web.wait(20)

    assert (is_healthy, ended) == (True, 0)


def test_the_proxy_waits_for_a_healthy_web():
    assert COMPOSE["services"]["proxy"]["depends_on"] == {"web": {"condition": "service_healthy"}}
