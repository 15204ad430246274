"""Byte streams of feeds: counted, hashed and decompressed as they are read."""

import gzip
import hashlib
import io
import zlib
from typing import BinaryIO, cast

GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
BLOCK = 1 << 16
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)
DAMAGE = "the compressed file is damaged ({}): compress it again, or send it uncompressed"


class UnusableFile(Exception):
    """The file can't be read at all; the message says why and what to do."""


class _Counted(io.RawIOBase):
    """A stream that counts and hashes what is read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.bytes_read = 0
        self.digest = hashlib.sha256()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        block = self._stream.read(len(buffer))
        self.bytes_read += len(block)
        self.digest.update(block)
        buffer[: len(block)] = block
        return len(block)


class Source:
    """The lines of a stream, gzipped or not; its digest covers the bytes as received."""

    def __init__(self, stream: BinaryIO, *, most: int | None = None) -> None:
        """`most`: maximum bytes of decompressed text, as protection against gzip bombs."""
        self._left = most
        self._raw = _Counted(stream)
        came = io.BufferedReader(self._raw, BLOCK)
        is_packed = came.peek(2)[:2] == GZIP
        unpacked = gzip.GzipFile(fileobj=came) if is_packed else came
        self._came = came
        self._lines = io.BufferedReader(cast(io.RawIOBase, unpacked), BLOCK) if is_packed else came

    @property
    def bytes_read(self) -> int:
        return self._raw.bytes_read

    @property
    def sha256(self) -> str:
        """The digest of everything read so far; of the whole file once drained."""
        return self._raw.digest.hexdigest()

    def first_letter(self) -> bytes:
        """The first character of the text, after any byte order mark and white space."""
        try:
            return self._lines.peek(1).removeprefix(BOM).lstrip()[:1]
        except DAMAGED as problem:
            raise UnusableFile(DAMAGE.format(problem)) from None

    def readline(self, longest: int) -> bytes:
        try:
            line = self._lines.readline(longest)
        except DAMAGED as problem:
            raise UnusableFile(DAMAGE.format(problem)) from None
        if self._left is not None:
            self._left -= len(line)
            if self._left < 0:
                raise UnusableFile("the file is too long: split it into several")
        return line

    def drain(self) -> None:
        """Read to the end, so that the digest covers the whole file."""
        while self._came.read(BLOCK):
            pass
