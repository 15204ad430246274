"""ZIP archives streamed while they are built, with only one chunk in memory at a time."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from io import RawIOBase
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# Bytes to buffer before sending a chunk.
PART = 64 * 1024
# A file name and its content, which is read only when its turn comes.
Entry = tuple[str, Iterable[bytes]]
OF_ITS_OWNER = 0o600 << 16


class Pipe(RawIOBase):
    """A write-only buffer that cannot seek, so that zipfile writes each file's sizes after its data."""

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
    """Yield the archive in chunks, each entry dated `at`; an error aborts it and leaves it incomplete."""
    pipe = Pipe()
    archive = ZipFile(pipe, "w", ZIP_DEFLATED)
    for name, content in entries:
        # The size is unknown beforehand, so it may exceed 4 GiB.
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
