"""Real servers of our own on private sockets, and one client that asks them a bounded number of times."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from socket import AF_UNIX, socket
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, sleep

from cmp_portal.lib.services import postgres, valkey
from cmp_portal.lib.services.processes import Child, finish, socket_folder, start, stop, unprivileged

ROOT = Path(__file__).resolve().parent.parent
REQUESTS = 30  # of each, in a round
PATIENCE = 30.0  # seconds
MEMORY = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"}


class Connection(HTTPConnection):
    """HTTP over a Unix socket, kept open."""

    def __init__(self, address: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self.address = address

    def connect(self) -> None:
        self.sock = socket(AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(str(self.address))


@dataclass
class Web:
    """One gunicorn, and the sessions of those who ask it."""

    address: Path
    sessions: dict[int, str] = field(default_factory=dict)

    def get(self, path: str, holder: int | None = None) -> bytes:
        connection = Connection(self.address)
        connection.request("GET", path, headers=self._headers(holder))
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        return body

    def times(self, path: str, holder: int, count: int = REQUESTS) -> list[float]:
        """Milliseconds of each request on one kept connection, in the order they were made; the first ones are warm."""
        connection, found = Connection(self.address), []
        for _request in range(count + 3):
            started = perf_counter()
            connection.request("GET", path, headers=self._headers(holder))
            connection.getresponse().read()
            found.append((perf_counter() - started) * 1000)
        connection.close()
        return found[3:]

    def p50(self, path: str, holder: int) -> Callable[[], float]:
        return lambda: median(self.times(path, holder))

    def _headers(self, holder: int | None) -> dict[str, str]:
        return {"Host": "localhost"} | ({"Cookie": f"sessionid={self.sessions[holder]}"} if holder else {})


@contextmanager
def servers() -> Iterator[tuple[str, Path]]:
    """PostgreSQL and Valkey; the address of the database, and a folder for what else there is."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="cmp-bench-", ignore_cleanup_errors=True)))
        account = unprivileged()
        if account.uid is not None:
            folder.chmod(0o711)
        sockets = stack.enter_context(socket_folder(folder / "sockets", account=account))
        log = folder / "pg.log"
        server = postgres.running(folder / "pg", sockets=sockets, log=log, account=account, settings=MEMORY)
        url, _child = stack.enter_context(server)
        os.environ["REDIS_URL"], _ = stack.enter_context(valkey.running(sockets=sockets, log=folder / "valkey.log"))
        yield url, folder


def manage(url: str, folder: Path, *commands: str) -> None:
    """Commands on a database; a failure, such as a difference in the reconciliation, ends everything."""
    for command in commands:
        arguments = [sys.executable, "-W", "ignore", ROOT / "manage.py", *command.split(), "-v0"]
        finish(command, arguments, log=folder / "manage.log", env=os.environ | {"DATABASE_URL": url})


@contextmanager
def web(url: str, folder: Path, name: str, *, app: str = "cmp_portal.wsgi") -> Iterator[tuple[Web, float]]:
    """The portal (or the bare page) as `make run` serves it, and the seconds to its first answer."""
    address = folder / f"{name}.sock"
    place = ["--bind", f"unix:{address}", "--preload", "--no-control-socket", "--worker-class", "gthread"]
    command = [sys.executable, "-m", "gunicorn", app, *place, "--workers", "2", "--threads", "4"]
    started = monotonic()
    child = start(name, command, log=folder / f"{name}.log", env=os.environ | {"DATABASE_URL": url})
    try:
        found = Web(address)
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
