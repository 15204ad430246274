"""Text files named on the command line, and what no text of a person should contain."""

import errno
import os
from pathlib import Path

MOST_BYTES = 1 << 20
# Unicode's embeddings, overrides and isolates of a direction. Right-to-left scripts do without them.
TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def without_turning(text: str) -> str:
    """The text without invisible characters that would reverse our words after it."""
    return text.translate(TURNING)


def read_text(path: Path) -> str:
    """Read a UTF-8 text, with or without byte order mark; raises OSError if it is larger than MOST_BYTES.

    The limit applies while reading, since a device never ends.
    """
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return raw.decode("utf-8-sig")
