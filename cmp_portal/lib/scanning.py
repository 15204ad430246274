"""Malware scanning of uploaded files by a ClamAV daemon, if one is configured."""

import socket
import struct
from collections.abc import Iterator
from typing import IO
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

PATIENCE = 60.0  # seconds
CHUNK = 256 * 1024


class ScannerAway(Exception):
    """The scanner does not respond; the file has to wait."""


def scan(file: IO[bytes]) -> str | None:
    """Scan with the EVIDENCE_SCANNER; the name of what was found, or None if clean or no scanner is configured."""
    if not settings.EVIDENCE_SCANNER:
        return None
    try:
        said = _ask(urlsplit(settings.EVIDENCE_SCANNER), file)
    except OSError as problem:
        raise ScannerAway(f"the scanner does not respond: {type(problem).__name__}") from problem
    return _found(said)


def _ask(address: SplitResult, file: IO[bytes]) -> str:
    """Send clamd's INSTREAM command: length-prefixed chunks, terminated by an empty one."""
    with _connected(address) as connection:
        connection.sendall(b"zINSTREAM\0")
        for chunk in _chunks(file):
            connection.sendall(struct.pack("!L", len(chunk)) + chunk)
        connection.sendall(struct.pack("!L", 0))
        return b"".join(iter(lambda: connection.recv(4096), b"")).decode("utf-8", "replace").strip("\0\n ")


def _connected(address: SplitResult) -> socket.socket:
    if address.path:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(address.path)
        return connection
    return socket.create_connection((address.hostname or "localhost", address.port or 3310), timeout=PATIENCE)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK), b"")


def _found(said: str) -> str | None:
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND").rpartition(": ")[2]
    if said.endswith("OK"):
        return None
    raise ScannerAway(f"unexpected answer of the scanner: {said[:80]!r}")
