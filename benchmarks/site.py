"""Real servers started for the benchmark, and HTTP clients that measure them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import takewhile
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, sleep

from cmp_portal.lib.services import postgres, valkey
from cmp_portal.lib.services.processes import Child, finish, free_port, socket_folder, start, stop, unprivileged

ROOT = Path(__file__).resolve().parent.parent
REQUESTS = 30  # per page and round
CLIENTS, SECONDS = 8, 3  # for throughput
PATIENCE = 30.0  # seconds
OF_A_PAGE = {"csrftoken": "b" * 32}  # a browser with a page loaded has this cookie
MEMORY = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"}


@dataclass
class Web:
    """A gunicorn instance, and the sessions of the holders who use it."""

    port: int
    sessions: dict[int, str] = field(default_factory=dict)
    version: str = '"none"'  # ETag of the client's copy

    def get(self, path: str, holder: int | None = None) -> bytes:
        return next(self._answers(path, holder))

    def version_of(self, path: str, holder: int) -> str:
        """ETag of a page; empty if it has none and is always sent in full."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request("GET", path, headers=self._headers(holder))
            return connection.getresponse().getheader("ETag", "")

    def times(self, path: str, holder: int, count: int = REQUESTS) -> list[float]:
        """Milliseconds of each request on one keep-alive connection, in order, after three warm-up requests."""
        answers, found = self._answers(path, holder), []
        for _request in range(count + 3):
            started = perf_counter()
            next(answers)
            found.append((perf_counter() - started) * 1000)
        return found[3:]

    def rate(self, path: str, holder: int) -> float:
        """Requests per second of several concurrent clients: by wrk if it is installed, else by threads."""
        if not (wrk := shutil.which("wrk")):
            with ThreadPoolExecutor(CLIENTS) as clients:
                return sum(clients.map(lambda _client: self._count(path, holder), range(CLIENTS))) / SECONDS
        headers = [word for header in self._headers(holder).items() for word in ("-H", ": ".join(header))]
        load = [wrk, "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", *headers, f"http://127.0.0.1:{self.port}{path}"]
        said = subprocess.run(load, capture_output=True, text=True, check=True).stdout  # noqa: S603 (our own words)
        if "Non-2xx" in said:
            raise RuntimeError(said)
        return float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0])

    def _count(self, path: str, holder: int) -> int:
        deadline = monotonic() + SECONDS
        return sum(1 for _ in takewhile(lambda _answer: monotonic() < deadline, self._answers(path, holder)))

    def _answers(self, path: str, holder: int | None) -> Iterator[bytes]:
        """Request a page repeatedly on one keep-alive connection, and yield each body."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            while True:
                connection.request("GET", path, headers=self._headers(holder))
                answer = connection.getresponse()
                body = answer.read()
                if answer.status not in (200, 304):
                    raise RuntimeError(f"{path} answered {answer.status}")
                yield body

    def p50(self, path: str, holder: int) -> Callable[[], float]:
        return lambda: median(self.times(path, holder))

    def _headers(self, holder: int | None) -> dict[str, str]:
        known = {"Host": "localhost", "If-None-Match": self.version}
        cookies = {"sessionid": self.sessions[holder], **OF_A_PAGE} if holder else {}
        return known | ({"Cookie": "; ".join(map("=".join, cookies.items()))} if cookies else {})


@contextmanager
def servers() -> Iterator[tuple[str, Path]]:
    """Start PostgreSQL and Valkey; yields the database's URL and a folder for other files."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="cmp-bench-", ignore_cleanup_errors=True)))
        folder.chmod(0o711 if (account := unprivileged()).uid is not None else 0o700)
        sockets = stack.enter_context(socket_folder(folder / "sockets", account=account))
        log = folder / "pg.log"
        server = postgres.running(folder / "pg", sockets=sockets, log=log, account=account, settings=MEMORY)
        url, _child = stack.enter_context(server)
        os.environ["REDIS_URL"], _ = stack.enter_context(valkey.running(sockets=sockets, log=folder / "valkey.log"))
        yield url, folder


def manage(url: str, folder: Path, *commands: str) -> None:
    """Run management commands on a database. A failure, such as a difference in reconciliation, raises."""
    for command in commands:
        arguments = [sys.executable, "-W", "ignore", ROOT / "manage.py", *command.split(), "-v0"]
        finish(command, arguments, log=folder / "manage.log", env=os.environ | {"DATABASE_URL": url})


@contextmanager
def web(url: str, folder: Path, name: str, *, app: str = "cmp_portal.wsgi") -> Iterator[tuple[Web, float]]:
    """The portal (or the bare page) served as by `make run`, and the seconds to its first response."""
    port = free_port()
    serving = ["--config", "python:cmp_portal.serving", "--bind", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", *serving, app]
    started = monotonic()
    # Trust one proxy, so that the login flood can come from many client addresses.
    env = os.environ | {"DATABASE_URL": url, "TRUSTED_PROXY_COUNT": "1"}
    child = start(name, command, log=folder / f"{name}.log", env=env)
    try:
        found = Web(port)
        _wait_until_ready(found, child)
        yield found, monotonic() - started
    finally:
        stop([child])


def _wait_until_ready(site: Web, child: Child) -> None:
    deadline = monotonic() + PATIENCE
    while not child.has_ended and monotonic() < deadline:
        with suppress(OSError):
            site.get("/healthz")
            return
        sleep(0.01)
    raise RuntimeError(child.last_words())
