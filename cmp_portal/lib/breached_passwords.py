"""Looks up passwords in a local file of known-breached ones; no outside service is asked."""

import hashlib
import os
from pathlib import Path

# Hexadecimal digits of a SHA-1; the rest of a line, usually a colon and a count, is ignored.
LENGTH = 40


def is_in(file: Path, password: str) -> bool:
    """Whether the file has the password's SHA-1: one per line in uppercase hexadecimal, sorted.

    That is how such lists are published. They run to gigabytes; a binary search takes about thirty short reads.
    """
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        low, high = 0, os.fstat(lines.fileno()).st_size
        while low < high:
            middle = (low + high) // 2
            lines.seek(max(0, middle - 1))
            if middle:
                lines.readline()  # skip to the start of the next line
            at, found = lines.tell(), lines.readline()[:LENGTH].upper()
            if found == wanted:
                return True
            if found and found < wanted:
                low = at + LENGTH
            else:
                high = middle
    return False
