"""Gunicorn as configured for the portal."""

import sys
from collections import Counter
from contextlib import suppress
from http.client import HTTPConnection
from statistics import median
from time import sleep

import pytest

from cmp_portal.lib.services.processes import free_port, start, stop

CLIENTS, ROUNDS = 8, 9
WHO = """
import os

def application(environ, start_response):
    start_response("200 OK", [])
    return [b"%d" % os.getpid()]
"""


@pytest.fixture
def port(tmp_path):
    """Where an application answers with the id of the process that serves it."""
    (tmp_path / "who.py").write_text(WHO)
    port, log = free_port(), tmp_path / "gunicorn.log"
    configured = ["--config", "python:cmp_portal.serving", "--pythonpath", str(tmp_path), "--bind", f"127.0.0.1:{port}"]
    server = start("gunicorn", [sys.executable, "-m", "gunicorn", *configured, "who"], log=log)
    try:
        until_up(port, server)
        yield port
    finally:
        stop([server])


def until_up(port, server):
    while not server.has_ended:
        with suppress(OSError):
            largest_part(port, 1)
            return
        sleep(0.05)
    raise RuntimeError(server.last_words())


def largest_part(port, clients):
    """How many of so many connections, opened at once and kept, the busiest process has."""
    connections = [HTTPConnection("127.0.0.1", port, timeout=30) for _client in range(clients)]
    for one in connections:
        one.connect()
    for one in connections:
        one.request("GET", "/")
    answers = Counter(one.getresponse().read() for one in connections)
    for one in connections:
        one.close()
    return max(answers.values())


def test_connections_that_are_kept_are_shared_evenly(port):
    parts = []
    for _round in range(ROUNDS):
        parts.append(largest_part(port, CLIENTS))
        sleep(0.1)  # until both processes have noticed that the connections are closed

    assert median(parts) <= CLIENTS / 2 + 1, parts
