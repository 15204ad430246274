"""Gunicorn as configured for the portal."""

import json
import os
import signal
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection
from statistics import median
from time import monotonic, sleep

import pytest

from cmp_portal.lib.services.processes import free_port, start, stop

CLIENTS, ROUNDS = 8, 9
PROCESSORS = sorted(os.sched_getaffinity(0))
PATIENCE = 10  # seconds
WHO = """
import os
from threading import get_ident
from time import sleep

def application(environ, start_response):
    sleep(0.02)
    start_response("200 OK", [])
    return [b"%d %d %s" % (os.getpid(), get_ident(), environ["PATH_INFO"].encode())]
"""
# Answers with the most page faults of a loop of calls, at any depth: as many as calls where the loop is at the edge.
FAULTS = """
from resource import RUSAGE_THREAD, getrusage

def call():
    pass

def calls_at(depth):
    if depth:
        return calls_at(depth - 1)
    before = getrusage(RUSAGE_THREAD).ru_minflt
    for _call in range(500):
        call()
    return getrusage(RUSAGE_THREAD).ru_minflt - before

def application(environ, start_response):
    start_response("200 OK", [])
    return [b"%d" % max(calls_at(depth) for depth in range(200))]
"""

# Answers with what was sent, and what Gunicorn made of the proxy's headers.
ECHOES = """
def application(environ, start_response):
    sent = environ["wsgi.input"].read()
    start_response("200 OK", [])
    return [b"%s %s %s" % (environ["wsgi.url_scheme"].encode(), environ["SCRIPT_NAME"].encode(), sent)]
"""

# Names each request in the log, as the portal does.
NAMES = """
from cmp_portal.lib.logs import set_context

def application(environ, start_response):
    set_context(request_id="known")
    if environ["PATH_INFO"] == "/fails":
        raise ValueError
    start_response("200 OK", [])
    return [b"%d" % 1]
"""


# Counts each request as the portal does, and tells of its process and of the count of all processes.
COUNTS = """
import os
from cmp_portal.lib.metrics import exposition, observe

def application(environ, start_response):
    observe("page", 200, 0.1)
    start_response("200 OK", [])
    [count] = [line.split()[-1] for line in exposition([]).splitlines() if line.startswith(b"cmp_requests_total{")]
    return [b"%d %s" % (os.getpid(), count)]
"""


@pytest.fixture
def port(tmp_path, request):
    """Where an application tells of process, thread and path of each request; takes options."""
    yield from serving(tmp_path, WHO, *getattr(request, "param", []))


@pytest.fixture
def port_of_faults(tmp_path):
    yield from serving(tmp_path, FAULTS)


@pytest.fixture
def port_that_counts(tmp_path):
    yield from serving(tmp_path, COUNTS)


@pytest.fixture
def port_that_echoes(tmp_path):
    yield from serving(tmp_path, ECHOES)


@pytest.fixture
def port_that_names(tmp_path):
    yield from serving(tmp_path, NAMES, "--workers", "1", "--threads", "1")


def serving(tmp_path, application, *options):
    (tmp_path / "served.py").write_text(application)
    port, log = free_port(), tmp_path / "gunicorn.log"
    configured = ["--config", "python:cmp_portal.serving", "--pythonpath", str(tmp_path), "--bind", f"127.0.0.1:{port}"]
    server = start("gunicorn", [sys.executable, "-m", "gunicorn", *configured, *options, "served"], log=log)
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
    answers = Counter(one.getresponse().read().split()[0] for one in connections)
    for one in connections:
        one.close()
    return max(answers.values())


def asked_on(connection):
    connection.request("GET", "/")
    return connection.getresponse().read()


def test_connections_that_are_kept_are_shared_evenly(port):
    parts = []
    for _round in range(ROUNDS):
        parts.append(largest_part(port, CLIENTS))
        sleep(0.1)  # until both processes have noticed that the connections are closed

    assert median(parts) <= CLIENTS / 2 + 1, parts


@pytest.mark.parametrize("port", [["--workers", "1"]], indirect=True)
def test_a_request_that_follows_at_once_stays_in_its_thread(port):
    assert largest_part(port, CLIENTS) == CLIENTS  # so many threads have begun, and are idle

    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        answers = {asked_on(connection) for _request in range(CLIENTS)}

    assert len(answers) < CLIENTS / 2, answers


@pytest.mark.parametrize("port", [["--workers", "1", "--threads", "2"]], indirect=True)
def test_a_connection_in_use_does_not_keep_its_thread_from_others(port):
    """More connections than threads, each of which asks again as soon as it is answered, until all were answered."""
    answered, deadline = set(), monotonic() + PATIENCE

    def ask(number):
        with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            while len(answered) < CLIENTS and monotonic() < deadline:
                asked_on(connection)
                answered.add(number)

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(ask, range(CLIENTS)))

    assert monotonic() < deadline


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_nobody_read_is_no_request(port, chunked):
    hidden = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("POST", "/sent", iter([hidden]) if chunked else hidden, encode_chunked=chunked)
        answers = [connection.getresponse().read()]
        connection.request("GET", "/asked")
        answers.append(connection.getresponse().read())

    assert [answer.split()[2] for answer in answers] == [b"/sent", b"/asked"]


def test_a_body_may_come_later_than_its_head(port_that_echoes):
    with closing(HTTPConnection("127.0.0.1", port_that_echoes, timeout=30)) as connection:
        answers = []
        for sent in (b"first", b"again"):
            connection.putrequest("POST", "/")
            connection.putheader("Content-Length", str(len(sent)))
            connection.endheaders()
            sleep(0.3)
            connection.send(sent)
            answers.append(connection.getresponse().read())

    assert answers == [b"http  first", b"http  again"]


def test_gunicorn_leaves_the_proxy_s_headers_to_the_portal(port_that_echoes):
    claims = {"X-Forwarded-Proto": "https", "Script_Name": "/elsewhere"}
    with closing(HTTPConnection("127.0.0.1", port_that_echoes, timeout=30)) as connection:
        connection.request("GET", "/", headers=claims)

        assert connection.getresponse().read() == b"http  "


@pytest.mark.parametrize("port", [["--workers", str(len(PROCESSORS))]], indirect=True)
def test_each_process_stays_on_a_processor_and_so_does_whichever_replaces_it(port):
    ended = min(processes := all_processes(port, len(PROCESSORS)))
    before = processors_of(processes)
    os.kill(ended, signal.SIGKILL)
    after = processors_of(all_processes(port, len(PROCESSORS), without=ended))

    assert before == after == [{each} for each in PROCESSORS]


@pytest.mark.skipif(len(PROCESSORS) < 2, reason="needs two processors")
@pytest.mark.parametrize("port", [["--workers", "1"]], indirect=True)
def test_fewer_processes_than_processors_are_free_to_move(port):
    assert processors_of(all_processes(port, 1)) == [set(PROCESSORS)]


def all_processes(port, number, *, without=0):
    """The ids of all processes of the server, once there are so many besides one that was ended."""
    found, deadline = set(), monotonic() + PATIENCE
    while len(found) < number and monotonic() < deadline:
        with ThreadPoolExecutor(CLIENTS) as clients, suppress(OSError):
            found |= {int(answer[0]) for answer in clients.map(fresh_answer, [port] * CLIENTS)} - {without}
    return found


def processors_of(processes):
    return sorted((os.sched_getaffinity(each) for each in processes), key=min)


def test_calls_have_room_for_their_frames(port_of_faults):
    with closing(HTTPConnection("127.0.0.1", port_of_faults, timeout=30)) as connection:
        faults = [int(asked_on(connection)) for _request in range(3)]

    assert max(faults) < 50, faults


@pytest.mark.parametrize(("sent", "named"), [(b"GET /fails HTTP/1.1", True), (b"none", False)])
def test_line_about_what_is_no_request_has_no_request_s_name(port_that_names, tmp_path, sent, named):
    with closing(HTTPConnection("127.0.0.1", port_that_names, timeout=30)) as connection:
        asked_on(connection)
        connection.sock.sendall(sent + b"\r\nHost: localhost\r\n\r\n")
        while connection.sock.recv(1024):
            pass

    lines = (tmp_path / "gunicorn.log").read_text().splitlines()
    [line] = [line for line in map(json.loads, lines) if line["level"] in ("warning", "error")]
    assert ("request_id" in line) is named


def test_requests_of_all_processes_are_counted(port_that_counts):
    asked, processes = 1, set()  # one found out that the server is up
    deadline = monotonic() + PATIENCE
    while len(processes) < 2 and monotonic() < deadline:
        with ThreadPoolExecutor(CLIENTS) as clients:
            processes |= {process for process, _count in clients.map(fresh_answer, [port_that_counts] * CLIENTS)}
        asked += CLIENTS

    _process, count = fresh_answer(port_that_counts)
    assert (len(processes), float(count)) == (2, asked + 1)


def fresh_answer(port):
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        return asked_on(connection).split()
