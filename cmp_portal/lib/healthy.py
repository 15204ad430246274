"""Whether the web server beside us answers: `python -m cmp_portal.lib.healthy`, as the container's health check."""

import os
import sys
from urllib.request import Request, urlopen

# As the proxy would ask.
HEADERS = {"Host": os.environ.get("SITE_URL", "").rpartition("/")[2] or "localhost", "X-Forwarded-Proto": "https"}


def main(port: str = "8000") -> None:
    """Ends with an error unless /healthz answers 200 within three seconds."""
    with urlopen(Request(f"http://127.0.0.1:{port}/healthz", headers=HEADERS), timeout=3):
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
