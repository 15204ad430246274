"""Servers and processes of one run in a temporary folder, to be killed, frozen and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from redis import Redis

from cmp_portal.lib.services import postgres, valkey
from cmp_portal.lib.services.processes import Child, Unavailable, socket_folder, start, stop, unprivileged

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0  # seconds until something that should happen has to have happened
SMALL = {"shared_buffers": "64MB", "max_connections": "100"}
Server = AbstractContextManager[tuple[str, Child]]


@dataclass
class World:
    """Whatever runs, and the environment in which it was started."""

    folder: Path
    sockets: Path
    env: dict[str, str]
    parts: dict[str, ExitStack] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)

    def start_database(self) -> None:
        """A PostgreSQL that keeps what it has confirmed, also when it is killed."""
        data, log = self.folder / "pg", self._log("postgres")
        address = self.enter("database", postgres.running(data, sockets=self.sockets, log=log, settings=SMALL))
        self.env.setdefault("DATABASE_URL", address)

    def start_cache(self) -> None:
        self.env["REDIS_URL"] = self.enter("cache", valkey.running(sockets=self.sockets, log=self._log("valkey")))

    def flush_cache(self) -> None:
        Redis.from_url(self.env["REDIS_URL"]).flushall()

    def start(self, name: str, *command: str | Path) -> Child:
        """A Python program of the portal."""
        self.enter(name, running(name, *command, log=self._log(name), env=self.env))
        return self.children[name]

    def start_command(self, *arguments: str | Path, name: str = "manage") -> Child:
        """`manage.py …`, running."""
        return self.start(name, ROOT / "manage.py", *arguments)

    def finish_command(self, *arguments: str | Path) -> int:
        """`manage.py …` to its end; its exit code."""
        return self.start_command(*arguments).process.wait()

    def kill(self, name: str) -> None:
        """kill -9 for a process with all its descendants, as when the machine dies."""
        send(signal.SIGKILL, self.children[name])
        self.end(name)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """SIGSTOP for as long as the block lasts."""
        send(signal.SIGSTOP, self.children[name])
        try:
            yield
        finally:
            send(signal.SIGCONT, self.children[name])

    def end(self, name: str) -> None:
        """Asks a process to end and waits for it; what is not there has ended."""
        if part := self.parts.pop(name, None):
            part.close()

    def enter(self, name: str, server: Server) -> str:
        """Starts a part of the world, in place of one of the same name; its address."""
        self.end(name)
        self.parts[name] = ExitStack()
        address, self.children[name] = self.parts[name].enter_context(server)
        return address

    def _log(self, name: str) -> Path:
        return self.folder / "log" / f"{name}.log"


@contextmanager
def a_world(**env: str) -> Iterator[World]:
    """An empty world; whatever was started in it is gone afterwards, the youngest first."""
    with TemporaryDirectory(prefix="cmp-faults-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        folder.chmod(0o711)  # the database's account has to pass through
        (folder / "tmp").mkdir()
        own = {"EVIDENCE_ROOT": str(folder / "evidence"), "TMPDIR": str(folder / "tmp"), "PYTHONUNBUFFERED": "1"}
        own |= {"DJANGO_SETTINGS_MODULE": "cmp_portal.settings", "PYTHONPATH": str(ROOT)}
        with socket_folder(folder / "sockets", account=unprivileged()) as sockets:
            world = World(folder, sockets, os.environ | own | env)
            try:
                yield world
            finally:
                for name in reversed(list(world.parts)):
                    world.end(name)


@contextmanager
def running(name: str, *command: str | Path, log: Path, env: Mapping[str, str]) -> Iterator[tuple[str, Child]]:
    """A Python program; like a server it has an address, which is its name, and a process."""
    child = start(name, [sys.executable, *command], log=log, env=env)
    try:
        yield name, child
    finally:
        stop([child])


def send(what: signal.Signals, child: Child) -> None:
    """A signal to a process and all its descendants."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}
    family = [child.process.pid]
    for one in family:
        family += [pid for pid, parent in parents.items() if parent == one]
        with suppress(ProcessLookupError):
            os.kill(one, what)


def until(happened: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Waits for something, but not for ever."""
    deadline = time.monotonic() + patience
    while not happened():
        if time.monotonic() > deadline:
            raise Unavailable(f"waited {patience:g} s for {what}")
        time.sleep(0.01)
