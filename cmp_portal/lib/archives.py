"""A ZIP file that is sent while it is made: of all its files one part is in memory at a time."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from io import RawIOBase
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# Bytes that are waited for before they are sent on.
PART = 64 * 1024
# A name, and what is in the file: read when its turn has come.
Entry = tuple[str, Iterable[bytes]]
OF_ITS_OWNER = 0o600 << 16


class Pipe(RawIOBase):
    """Takes what is written and gives it away; there is no way back in it, so that sizes follow each file."""

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self.waiting = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written.append(bytes(data))
        self.waiting += len(self._written[-1])
        return len(self._written[-1])

    def taken(self) -> bytes:
        whole, self._written, self.waiting = b"".join(self._written), [], 0
        return whole


def zipped(entries: Iterable[Entry], *, at: datetime) -> Iterator[bytes]:
    """The archive of these files, each dated `at`, part by part; an error breaks it off, for good."""
    pipe = Pipe()
    archive = ZipFile(pipe, "w", ZIP_DEFLATED)
    for name, content in entries:
        # Of a size that nobody knows beforehand.
        with archive.open(_entry(name, at), "w", force_zip64=True) as file:
            for data in content:
                file.write(data)
                if pipe.waiting >= PART:
                    yield pipe.taken()
    archive.close()
    yield pipe.taken()


def _entry(name: str, at: datetime) -> ZipInfo:
    entry = ZipInfo(name, at.timetuple()[:6])
    entry.compress_type, entry.external_attr = ZIP_DEFLATED, OF_ITS_OWNER
    return entry
