"""HTTP request smuggling: a production server rejects requests with ambiguous length."""

import socket
from contextlib import closing

import pytest

from faults.web import start_web

HIDDEN = b"GET /glossary/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"0\r\n\r\n"


@pytest.fixture
def port(world):
    return start_web(world)


def told(port, *headers, body=CHUNKED + HIDDEN):
    """The statuses of all answers that come back until the server hangs up, or says nothing more."""
    lines = [b"POST /account/login/ HTTP/1.1", b"Host: localhost", *headers]
    with closing(socket.create_connection(("127.0.0.1", port), timeout=3)) as visitor:
        visitor.sendall(b"\r\n".join([*lines, b"", b""]) + body)
        answer = b""
        try:
            while came := visitor.recv(65536):
                answer += came
        except TimeoutError:
            pass
    return [int(line.split()[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


@pytest.mark.parametrize(
    "headers",
    [
        [b"Content-Length: 5", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding: chunked", b"Content-Length: 60"],
        [b"Content-Length: 5", b"Content-Length: 60"],
        [b"Content-Length: +5"],
        [b"Content-Length: 5, 60"],
        [b"Transfer-Encoding: xchunked"],
        [b"Transfer-Encoding: chunked, identity"],
        [b"Transfer-Encoding : chunked"],
    ],
    ids=lambda headers: b" ".join(headers).decode(),
)
def test_what_says_its_end_in_two_ways_is_refused_and_nothing_after_it_read(port, headers):
    statuses = told(port, *headers)

    assert len(statuses) <= 1
    assert all(400 <= status < 600 for status in statuses)
