"""Against a fake daemon that speaks clamd's protocol and flags one word."""

import socket
import struct
from contextlib import contextmanager
from io import BytesIO
from threading import Thread

import pytest

from cmp_portal.lib.scanning import CHUNK, NotScanned, ScannerAway, TooLargeToScan, scan


@contextmanager
def daemon(listening, *, answer=None):
    """Answers one request: EVIL is found in the stream, whatever the chunks; or with `answer`."""

    def serve():
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            content = b""
            while length := struct.unpack("!L", stream.read(4))[0]:
                content += stream.read(length)
            connection.sendall(answer or (b"stream: Evil.Word FOUND\0" if b"EVIL" in content else b"stream: OK\0"))

    thread = Thread(target=serve, daemon=True)
    thread.start()
    yield
    thread.join(5)
    listening.close()


@pytest.fixture
def on_a_port(settings):
    listening = socket.create_server(("127.0.0.1", 0))
    settings.EVIDENCE_SCANNER = f"clamd://127.0.0.1:{listening.getsockname()[1]}"
    return listening


def test_without_a_scanner_nothing_is_found(settings):
    settings.EVIDENCE_SCANNER = ""

    assert scan(BytesIO(b"EVIL")) is None


def test_scanner_names_what_it_finds_across_chunks(on_a_port):
    with daemon(on_a_port):
        assert scan(BytesIO(b"." * (CHUNK - 2) + b"EVIL")) == "Evil.Word"


def test_scanner_on_a_socket_finds_nothing_in_a_clean_file(settings, tmp_path):
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "clamd.ctl"))
    listening.listen()
    settings.EVIDENCE_SCANNER = f"clamd://{tmp_path / 'clamd.ctl'}"

    with daemon(listening):
        assert scan(BytesIO(b"a certificate")) is None


def test_scanner_that_is_away_is_not_a_clean_file(settings):
    settings.EVIDENCE_SCANNER = "clamd://127.0.0.1:1"

    with pytest.raises(ScannerAway):
        scan(BytesIO(b"a certificate"))


def test_scanner_that_refuses_is_not_a_clean_file(on_a_port):
    with daemon(on_a_port, answer=b"INSTREAM size limit exceeded. ERROR\0"), pytest.raises(TooLargeToScan):
        scan(BytesIO(b"a certificate"))


@contextmanager
def hanging_up(listening, answer):
    """Answers and hangs up before it has read everything, as clamd does with what is too large for it."""

    def serve():
        connection, _ = listening.accept()
        with connection:
            connection.recv(10)
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    yield
    thread.join(5)
    listening.close()


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (b"INSTREAM size limit exceeded. ERROR\0", TooLargeToScan),
        (b"", NotScanned),
        (b"stream: OK\0", NotScanned),
    ],
)
def test_scanner_that_hangs_up_has_not_scanned_the_file(on_a_port, answer, refusal):
    with hanging_up(on_a_port, answer), pytest.raises(refusal):
        scan(BytesIO(b"." * 50 * CHUNK))


def test_file_that_can_not_be_read_says_nothing_about_the_scanner(on_a_port):
    file = BytesIO()
    file.read = lambda _size: (_ for _ in ()).throw(PermissionError())

    with hanging_up(on_a_port, b""), pytest.raises(PermissionError):
        scan(file)
