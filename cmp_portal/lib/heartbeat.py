"""Whether the worker or beat beside us is at work: `python -m cmp_portal.lib.heartbeat`, as containers' health check.

Both touch a file: beat with every tick that the broker takes, the worker with every job that is done, and as
long as jobs fill it.
"""

import os
import sys
import time
from pathlib import Path

FILE = "HEARTBEAT"
OLDEST = 120.0  # seconds; beat ticks every ten, for all workers together


def beat(file: str) -> None:
    """Says that we are at work, where somebody wants to know."""
    if file:
        Path(file).touch()


def main() -> None:
    """Ends with an error unless the file was touched within the last minutes."""
    file = Path(os.environ[FILE])
    if not file.exists():
        sys.exit("It has not been at work yet.")
    if (age := time.time() - file.stat().st_mtime) > OLDEST:
        sys.exit(f"It was last at work {age:.0f} s ago.")


if __name__ == "__main__":
    main()
