"""Texts that people name on a command line."""

import errno
import os
from pathlib import Path

MOST_BYTES = 1 << 20


def read_text(path: Path) -> str:
    """A text in UTF-8, with a byte order mark or not; OSError also when it is longer than a person writes one.

    A device never ends, so that its length is seen by reading.
    """
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return raw.decode("utf-8-sig")
