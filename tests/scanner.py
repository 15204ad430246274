"""A fake daemon that speaks clamd's protocol."""

import socket
import struct
from contextlib import contextmanager
from threading import Thread


@contextmanager
def scanner(answer):
    """Answers each request with what `answer` says about its content; yields the setting that names it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=_serve, args=[listening, answer], daemon=True).start()
        yield f"clamd://127.0.0.1:{listening.getsockname()[1]}"


def _serve(listening, answer):
    while True:
        try:
            connection, _address = listening.accept()
        except OSError:  # closed
            return
        with connection, connection.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            connection.sendall(answer(b"".join(_parts(stream))) + b"\0")


def _parts(stream):
    while length := struct.unpack("!L", stream.read(4))[0]:
        yield stream.read(length)
