"""Passwords of which it is known that others know them, looked up in a file; nobody is asked, and nobody told."""

import hashlib
import os
from pathlib import Path

# What a line begins with; what follows, mostly a colon and a number, does not matter.
LENGTH = 40


def is_in(file: Path, password: str) -> bool:
    """Whether the file has the password's SHA-1: one to a line in hexadecimal capitals, in their order.

    That is how such lists are handed out. They have gigabytes: some thirty short reads find the place.
    """
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        low, high = 0, os.fstat(lines.fileno()).st_size
        while low < high:
            middle = (low + high) // 2
            lines.seek(max(0, middle - 1))
            if middle:
                lines.readline()  # to where the next line begins
            at, found = lines.tell(), lines.readline()[:LENGTH].upper()
            if found == wanted:
                return True
            if found and found < wanted:
                low = at + LENGTH
            else:
                high = middle
    return False
