"""Text files named on the command line."""

import errno
import os
from pathlib import Path

MOST_BYTES = 1 << 20


def read_text(path: Path) -> str:
    """Read a UTF-8 text, with or without byte order mark; raises OSError if it is larger than MOST_BYTES.

    The limit applies while reading, since a device never ends.
    """
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return raw.decode("utf-8-sig")
