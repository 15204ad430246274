"""Container health check of worker and beat: `python -m cmp_portal.lib.heartbeat`.

Both touch a file: beat with every tick the broker accepts, the worker after every job and while long jobs keep it busy.
"""

import os
import sys
import time
from pathlib import Path

FILE = "HEARTBEAT"
OLDEST = 120.0  # seconds; beat ticks every ten, for all workers together


def beat(file: str) -> None:
    """Touch the heartbeat file, if one is configured."""
    if file:
        Path(file).touch()


def main() -> None:
    """Exit with an error unless the file was touched recently."""
    file = Path(os.environ[FILE])
    if not file.exists():
        sys.exit("No heartbeat yet.")
    if (age := time.time() - file.stat().st_mtime) > OLDEST:
        sys.exit(f"The last heartbeat was {age:.0f} s ago.")


if __name__ == "__main__":
    main()
