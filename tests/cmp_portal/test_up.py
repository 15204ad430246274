"""The whole portal started as a newcomer does, in a separate checkout."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cmp_portal.lib.services.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
READY = "Ctrl-C stops everything."
SITE = "from django.conf import settings; print(settings.SITE_URL)"
PATIENCE = 900

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for left-over processes in /proc")


@dataclass
class Portal:
    """A running `manage.py up`, what it says, and the processes it has started."""

    process: subprocess.Popen
    port: int
    log: Path
    family: list[int] = field(default_factory=list)

    @property
    def said(self):
        return self.log.read_text()

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def has_left_nobody(self):
        return not any(map(is_running, self.family))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    place = tmp_path_factory.mktemp("up") / "checkout"
    ignored = shutil.ignore_patterns(".*", "var", "staticfiles", "tests", "benchmarks", "docs")
    shutil.copytree(ROOT, place, ignore=ignored)
    return place


@pytest.fixture
def start_portal(checkout):
    started = []

    def start():
        port, log = free_port(), checkout / "said"
        process = command(checkout, "up", "--port", str(port), "--no-seed", stdout=log.open("w"))
        portal = Portal(process, port, log)
        started.append(portal)
        eventually(lambda: READY in portal.said or process.poll() is not None)
        assert READY in portal.said, portal.said
        portal.family = descendants(process.pid)
        return portal

    yield start
    for portal in started:
        if portal.process.poll() is None:
            portal.end(signal.SIGTERM)


def test_portal_serves_alone_until_it_is_told_to_stop(start_portal, checkout):
    portal = start_portal()
    page = HTTPConnection("127.0.0.1", portal.port)
    page.request("GET", "/healthz")

    assert page.getresponse().status == 200
    assert outcome(checkout, "up") == (2, "The portal is already running in this folder.")
    assert outcome(checkout, "reset") == (2, "The portal is running in this folder: stop it first.")
    assert outcome(checkout, "migrate", "--check") == (0, "")
    assert outcome(checkout, "shell", "--no-imports", "--command", SITE) == (0, f"http://localhost:{portal.port}")

    assert portal.end(signal.SIGINT) == 0
    assert portal.has_left_nobody()
    assert portal.said.endswith("Stopping ...\nStopped.\n")
    assert outcome(checkout, "migrate", "--check") == (69, "the database is not running: make run")


def test_killed_portal_takes_its_parts_along_and_a_dead_part_the_portal(start_portal):
    killed = start_portal()
    killed.end(signal.SIGKILL)
    assert eventually(killed.has_left_nobody)

    again = start_portal()
    beat = next(pid for pid in again.family if b"\0beat\0" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(beat, signal.SIGKILL)

    assert again.process.wait(PATIENCE) == 1
    assert "beat exited, so everything stops." in again.said
    assert eventually(again.has_left_nobody)


def test_taken_port_is_refused_before_anything_starts(checkout):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code, said = outcome(checkout, "up", "--port", str(port))

    assert code == 2
    assert said == f"Port {port} cannot be used (Address already in use): make run PORT={port + 1}"


def command(checkout, *arguments, stdout=subprocess.PIPE):
    hidden = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "EVIDENCE_ROOT")
    return subprocess.Popen(
        [sys.executable, checkout / "manage.py", *arguments],
        env={name: value for name, value in os.environ.items() if name not in hidden},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        text=True,
    )


def outcome(checkout, *arguments):
    process = command(checkout, *arguments)
    said, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, said.strip()


def descendants(pid):
    children = [int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if state_of(stat)[1:] == [str(pid)]]
    return children + [each for child in children for each in descendants(child)]


def is_running(pid):
    """A process that has ended but was not buried yet does not run."""
    return state_of(Path(f"/proc/{pid}/stat"))[:1] not in ([], ["Z"])


def state_of(stat):
    try:
        return stat.read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return []


def eventually(happens):
    deadline = time.monotonic() + PATIENCE
    while not (result := happens()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return result
