"""Container health check of the web server: `python -m cmp_portal.lib.healthcheck`."""

import os
import sys
from urllib.request import Request, urlopen

# The headers the proxy would send.
HEADERS = {"Host": os.environ.get("SITE_URL", "").rpartition("/")[2] or "localhost", "X-Forwarded-Proto": "https"}


def main(port: str = "8000") -> None:
    """Raise unless /healthz answers 200 within three seconds."""
    with urlopen(Request(f"http://127.0.0.1:{port}/healthz", headers=HEADERS), timeout=3):
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
