"""Malware scanning of uploaded files by a ClamAV daemon, if one is configured."""

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import IO
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

PATIENCE = 60.0  # seconds
CHUNK = 256 * 1024


class ScannerAway(Exception):
    """The scanner can't be reached; all files have to wait."""


class NotScanned(Exception):
    """The scanner can be reached, but does not scan this file: it has to wait, others need not."""


class TooLargeToScan(NotScanned):
    """The file is larger than the scanner accepts: its StreamMaxLength has to be at least EVIDENCE_MAX_BYTES."""


def scan(file: IO[bytes]) -> str | None:
    """Scan with the EVIDENCE_SCANNER; the name of what was found, or None if clean or no scanner is configured.

    Raises ScannerAway or NotScanned unless the scanner has seen all of the file.
    """
    if not settings.EVIDENCE_SCANNER:
        return None
    try:
        connection = _connected(urlsplit(settings.EVIDENCE_SCANNER))
    except OSError as problem:
        raise ScannerAway(f"the scanner does not respond: {type(problem).__name__}") from problem
    with connection:
        is_sent = _send(connection, file)
        return _found(_answer(connection), is_sent=is_sent)


def _send(connection: socket.socket, file: IO[bytes]) -> bool:
    """Send clamd's INSTREAM command: length-prefixed chunks, terminated by an empty one.

    Returns whether everything was sent: clamd hangs up on a file that it won't scan.
    """
    chunks = (struct.pack("!L", len(chunk)) + chunk for chunk in _chunks(file))
    for part in chain([b"zINSTREAM\0"], chunks, [struct.pack("!L", 0)]):
        try:
            connection.sendall(part)
        except OSError:
            return False
    return True


def _answer(connection: socket.socket) -> str:
    """What the scanner says, or has said before it hung up."""
    said = b""
    with suppress(OSError):
        while part := connection.recv(4096):
            said += part
    return said.decode("utf-8", "replace").strip("\0\n ")


def _connected(address: SplitResult) -> socket.socket:
    if address.path:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(address.path)
        return connection
    return socket.create_connection((address.hostname or "localhost", address.port or 3310), timeout=PATIENCE)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK), b"")


def _found(said: str, *, is_sent: bool) -> str | None:
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND").rpartition(": ")[2]
    if said.endswith("OK") and is_sent:
        return None
    refusal = TooLargeToScan if "size limit exceeded" in said else NotScanned
    raise refusal(f"unexpected answer of the scanner: {said[:80]!r}")
