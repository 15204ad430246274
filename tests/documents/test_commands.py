"""Commands in README.md and docs/ work as documented: each is run as written."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from django.core.management import get_commands

from cmp_portal.lib.services.processes import free_port
from tests import database
from tests.documents.reading import PAGES, ROOT, commands_of, name_of

# Some name days. It is this one for them.
DAY = "2026-12-01T12:00:00+00:00"
PINNED = f"import time_machine; time_machine.travel({DAY!r}).start()\n"
NOT_RUN = {
    "docker": "needs a container engine; tests/deployment starts the same services without one",
    "curl": "needs a provider's token; tests/education/api/test_docs.py runs them",
    ".venv/bin/python -m pip": "installs what not every checkout wants",
    "make run": "runs until it is told to stop: see below",
    "make test": "is what runs this",
    "make check": "needs the whole checkout, and is run before every commit",
    "make bench": "takes a quarter of an hour on servers of its own",
    "make faults": "takes a quarter of an hour on servers of its own",
    "make pictures": "takes minutes of a browser",
}
# What ends otherwise than with 0 on the day, and why.
ENDS = {
    ".venv/bin/python manage.py doctor": (2, "no worker is at work, and the portal is no production"),
    ".venv/bin/python manage.py load_holder record.zip": (2, "here the holder is known"),
}
# Whose number the pages name.
HOLDER = "10000042,max.example@example.org,Max,Example,4,MLS(ASCP),310299,2018-06-14,2024-07-01,2027-06-30"
READY, PATIENCE = "Ctrl-C stops everything.", 900


def is_installed():
    asked = "import install; raise SystemExit(not install.is_installed('requirements'))"
    return subprocess.run([sys.executable, "-c", asked], cwd=ROOT / "requirements").returncode == 0


CHOSEN = {name_of(page): [text for text in commands_of(page) if not text.startswith(tuple(NOT_RUN))] for page in PAGES}


@pytest.fixture(scope="module")
def address(django_db_setup):
    """Of a database of its own on the server of this run, migrated once for all runs if it can be."""
    name = f"documents_{os.getpid()}"
    server = psycopg2.connect(os.environ["DATABASE_URL"])
    server.autocommit = True
    server.cursor().execute(f"CREATE DATABASE {name}")
    place = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
    assert not database.is_kept() or database.fill(database.address(name))
    yield place
    server.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, address):
    """A checkout of its own, with the demo, on that day."""
    place = tmp_path_factory.mktemp("documents") / "checkout"
    shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns(".*", "var", "staticfiles", "tests", "benchmarks"))
    (place / ".venv").symlink_to(ROOT / ".venv")
    (place / "var").mkdir()
    (place.parent / "sitecustomize.py").write_text(PINNED)
    heading = (place / "docs" / "examples" / "holders.csv").read_text().splitlines()[0]
    (place / "var" / "named.csv").write_text(f"{heading}\n{HOLDER}\n")
    for command in ("migrate", "load_reference", "load_requirements", "seed_demo", "import_holders var/named.csv"):
        prepared = run(place, address, f"manage.py {command}")
        assert prepared.returncode == 0, prepared.stderr
    return place


def environment(place, address):
    own = {
        "DATABASE_URL": address,
        "CMP_DEMO": "1",
        "EVIDENCE_RETENTION_YEARS": "6",
        "EVIDENCE_ROOT": str(place / "var" / "evidence"),
    }
    hidden = ("DJANGO_SETTINGS_MODULE", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if name not in hidden} | own


def run(place, address, text):
    """`manage.py` is short for `.venv/bin/python manage.py`."""
    spelled = re.sub(r"(^|\| )manage\.py", r"\1.venv/bin/python manage.py", text)
    env = environment(place, address) | {"PYTHONPATH": str(place.parent)}
    return subprocess.run(
        ["sh", "-c", spelled], cwd=place, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.mark.parametrize("document", [name for name, texts in CHOSEN.items() if texts])
def test_commands_of_a_page_do_in_their_order_what_is_typed(checkout, address, document):
    if "make words" in CHOSEN[document] and not shutil.which("msgfmt"):
        pytest.skip("needs gettext")
    wrong = {}
    for text in CHOSEN[document]:
        ran = run(checkout, address, text)
        if ran.returncode != ENDS.get(text, (0, ""))[0]:
            wrong[text] = (ran.returncode, ran.stdout[-1000:], ran.stderr[-1000:])

    assert wrong == {}


@pytest.mark.skipif(not is_installed(), reason="make would first install packages")
def test_make_run_serves_until_ctrl_c(checkout, address):
    port, log = free_port(), checkout.parent / "said"

    portal = subprocess.Popen(
        ["make", "run", f"PORT={port}"], cwd=checkout, env=environment(checkout, address), stdin=subprocess.DEVNULL,
        stdout=log.open("w"), stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + PATIENCE
    while READY not in log.read_text() and portal.poll() is None and time.monotonic() < until:
        time.sleep(0.2)
    said = log.read_text()
    os.killpg(portal.pid, signal.SIGINT)
    portal.wait(PATIENCE)

    assert READY in said
    assert f"http://localhost:{port}" in said
    assert "Stopped." in log.read_text()


def test_nothing_is_left_out_without_need():
    named = [text for page in PAGES for text in commands_of(page)]

    assert [start for start in NOT_RUN if not any(text.startswith(start) for text in named)] == []
    assert [text for text in ENDS if text not in named] == []


@pytest.mark.parametrize("document", PAGES, ids=name_of)
def test_every_task_and_command_that_is_named_is_there(document):
    """Those in running text too."""
    text = document.read_text(encoding="utf-8")
    tasks = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set(re.findall(r"(?:^    |`)make ([a-z]+)", text, re.MULTILINE)) - tasks == set()
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) - get_commands().keys() == set()
