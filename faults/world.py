"""Servers and processes of one run in a temporary folder, which can be killed, frozen and restarted."""

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
PATIENCE = 60.0  # seconds to wait for an expected event
SMALL = {"shared_buffers": "64MB", "max_connections": "100"}
Server = AbstractContextManager[tuple[str, Child]]


@dataclass
class World:
    """The running processes, and the environment they are started in."""

    folder: Path
    sockets: Path
    env: dict[str, str]
    parts: dict[str, ExitStack] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)

    def start_database(self) -> None:
        """Start a PostgreSQL whose commits survive a kill."""
        data, log = self.folder / "pg", self._log("postgres")
        address = self.enter("database", postgres.running(data, sockets=self.sockets, log=log, settings=SMALL))
        self.env.setdefault("DATABASE_URL", address)

    def start_cache(self) -> None:
        self.env["REDIS_URL"] = self.enter("cache", valkey.running(sockets=self.sockets, log=self._log("valkey")))

    def flush_cache(self) -> None:
        Redis.from_url(self.env["REDIS_URL"]).flushall()

    def start(self, name: str, *command: str | Path) -> Child:
        """Start a Python program of the portal."""
        self.enter(name, running(name, *command, log=self._log(name), env=self.env))
        return self.children[name]

    def start_command(self, *arguments: str | Path, name: str = "manage") -> Child:
        """Start `manage.py …`."""
        return self.start(name, ROOT / "manage.py", *arguments)

    def finish_command(self, *arguments: str | Path) -> int:
        """Run `manage.py …` to its end; returns the exit code."""
        return self.start_command(*arguments).process.wait()

    def kill(self, name: str) -> None:
        """Kill a process and all its descendants with SIGKILL, as if the machine had crashed."""
        send(signal.SIGKILL, self.children[name])
        self.end(name)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Stop a process with SIGSTOP during the block."""
        send(signal.SIGSTOP, self.children[name])
        try:
            yield
        finally:
            send(signal.SIGCONT, self.children[name])

    def end(self, name: str) -> None:
        """Terminate a process and wait for it; no error if it isn't running."""
        if part := self.parts.pop(name, None):
            part.close()

    def enter(self, name: str, server: Server) -> str:
        """Start a part of the world, replacing one of the same name; returns its address."""
        self.end(name)
        self.parts[name] = ExitStack()
        address, self.children[name] = self.parts[name].enter_context(server)
        return address

    def _log(self, name: str) -> Path:
        return self.folder / "log" / f"{name}.log"


@contextmanager
def a_world(**env: str) -> Iterator[World]:
    """An empty world; whatever was started in it is stopped at the end, in reverse order."""
    with TemporaryDirectory(prefix="cmp-faults-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        folder.chmod(0o711)  # the database's account must be able to traverse it
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
    """Run a Python program; yields its name, in place of a server's address, and its process."""
    child = start(name, [sys.executable, *command], log=log, env=env)
    try:
        yield name, child
    finally:
        stop([child])


def send(what: signal.Signals, child: Child) -> None:
    """Send a signal to a process and all its descendants."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}
    family = [child.process.pid]
    for one in family:
        family += [pid for pid, parent in parents.items() if parent == one]
        with suppress(ProcessLookupError):
            os.kill(one, what)


def until(happened: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Poll until something has happened. Raises Unavailable after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not happened():
        if time.monotonic() > deadline:
            raise Unavailable(f"waited {patience:g} s for {what}")
        time.sleep(0.01)
