"""Servers and processes of one run in a temporary folder, to be killed, frozen and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

from cmp_portal.lib.services import postgres, valkey
from cmp_portal.lib.services.processes import Account, Child, Unavailable, socket_folder, start, stop, unprivileged

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0  # seconds until something that should happen has to have happened
COLLECT = "import django; django.setup(); from cmp_portal.management.commands import prepare; prepare.collect_static()"
SMALL = {"shared_buffers": "64MB", "max_connections": "60"}


@dataclass
class World:
    """Whatever runs, and the environment in which it was started."""

    folder: Path
    sockets: Path
    account: Account
    env: dict[str, str]
    parts: dict[str, ExitStack] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)

    # --- Servers ------------------------------------------------------------------------------------------------------

    def start_database(self, **settings: str) -> None:
        """A PostgreSQL that keeps what it has confirmed, also when it is killed."""
        log = self.folder / "log" / "postgres.log"
        server = postgres.running(
            self.folder / "pg", sockets=self.sockets, log=log, account=self.account, settings=SMALL | settings
        )
        address, self.children["database"] = self._part("database").enter_context(server)
        self.env.setdefault("DATABASE_URL", address)

    def start_cache(self) -> None:
        server = valkey.running(sockets=self.sockets, log=self.folder / "log" / "valkey.log")
        self.env["REDIS_URL"], self.children["cache"] = self._part("cache").enter_context(server)

    def flush_cache(self) -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.env["REDIS_URL"].removeprefix("unix://"))
            client.sendall(b"FLUSHALL\r\n")
            client.recv(16)

    # --- Our own processes --------------------------------------------------------------------------------------------

    def start_python(self, name: str, *command: str | Path, **env: str) -> Child:
        """A Python program of the portal; it ends with this part of the world, or when it is killed."""
        log = self.folder / "log" / f"{name}.log"
        child = start(name, [sys.executable, *command], log=log, env=self.env | env)
        self._part(name).callback(stop, [child])
        self.children[name] = child
        return child

    def start_command(self, *arguments: str | Path, name: str = "manage", **env: str) -> Child:
        """`manage.py …`, running."""
        return self.start_python(name, ROOT / "manage.py", *arguments, **env)

    def finish_command(self, *arguments: str | Path, name: str = "manage") -> int:
        """`manage.py …` to its end; its exit code."""
        return self.start_command(*arguments, name=name).process.wait(PATIENCE * 5)

    def start_worker(self, name: str = "worker") -> Child:
        command = ["-m", "celery", "-A", "cmp_portal", "worker", "--pool", "solo", "--without-mingle"]
        return self.start_python(name, *command, "--without-gossip", "--without-heartbeat", "-n", f"{name}@faults")

    def start_web(self, *, workers: int = 2) -> int:
        """The portal under gunicorn, as `make run` starts it; its port on 127.0.0.1."""
        subprocess.run([sys.executable, "-c", COLLECT], env=self.env, cwd=ROOT, check=True)
        port = free_port()
        command = ["-m", "gunicorn", "cmp_portal.wsgi", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
        size = ["--preload", "--worker-class", "gthread", "--workers", str(workers), "--threads", "4"]
        self.start_python("web", *command, *size)
        until(lambda: is_up(port), "the first page")
        return port

    # --- Faults -------------------------------------------------------------------------------------------------------

    def kill(self, name: str) -> None:
        """kill -9 for a process with all its descendants, as when the machine dies; its part of the world is over."""
        child = self.children.pop(name)
        for pid in family(child.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        child.process.wait(PATIENCE)
        self.parts.pop(name).close()

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """SIGSTOP for as long as the block lasts."""
        pids = family(self.children[name].process.pid)
        try:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def end(self, name: str) -> None:
        """Asks a process to end and waits for it."""
        self.children.pop(name, None)
        if part := self.parts.pop(name, None):
            part.close()

    def _part(self, name: str) -> ExitStack:
        self.end(name)
        self.parts[name] = ExitStack()
        return self.parts[name]


@contextmanager
def a_world(**env: str) -> Iterator[World]:
    """An empty world; whatever was started in it is gone afterwards, the youngest first."""
    account = unprivileged()
    with TemporaryDirectory(prefix="cmp-faults-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        folder.chmod(0o711 if account.uid is not None else 0o700)
        (folder / "tmp").mkdir()
        own = {"EVIDENCE_ROOT": str(folder / "evidence"), "TMPDIR": str(folder / "tmp"), "PYTHONUNBUFFERED": "1"}
        own |= {"DJANGO_SETTINGS_MODULE": "cmp_portal.settings", "PYTHONPATH": str(ROOT)}
        with socket_folder(folder / "sockets", account=account) as sockets:
            world = World(folder, sockets, account, os.environ | own | env)
            try:
                yield world
            finally:
                for name in reversed(list(world.parts)):
                    world.end(name)


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listed.splitlines())}
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def until(happened: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Waits for something, but not for ever."""
    deadline = time.monotonic() + patience
    while not happened():
        if time.monotonic() > deadline:
            raise Unavailable(f"waited {patience:g} s for {what}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_up(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
