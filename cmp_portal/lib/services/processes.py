"""Child processes that end when told to, and no later than their parent."""

import ctypes
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

Command = Sequence[str | Path]

PR_SET_PDEATHSIG = 1
PATIENCE = 30.0  # seconds from the stop signal until the process is killed
# A Unix socket path has at most 104 bytes on macOS (108 on Linux), including the name and the final NUL.
LONGEST_SOCKET_FOLDER = 104 - len("/.s.PGSQL.5432") - 1
# Below the ephemeral ports, so that no outgoing connection occupies the port of a restarting server.
SERVER_PORTS = range(12_000, 32_000)


class Unavailable(Exception):
    """Something is not available on this machine; the message is for a person."""


class Refused(Unavailable):
    """Raised before anything was started."""


@dataclass(frozen=True)
class Child:
    """A child process in its own process group, so that Ctrl-C reaches only the parent."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    stop_signal: signal.Signals

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def last_words(self, lines: int = 15) -> str:
        """The end of its log, to explain why it ended."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def free_port() -> int:
    """A free port on 127.0.0.1."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            port = secrets.choice(SERVER_PORTS)
            probe.bind(("127.0.0.1", port))
            return port


def stop(children: Sequence[Child], patience: float = PATIENCE) -> None:
    """Send all of them their stop signals, wait, then kill what is left of their process groups."""
    for child in children:
        child.process.send_signal(child.stop_signal)
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(patience)
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


@dataclass(frozen=True)
class Account:
    """The user a server runs as: the current one, or a less privileged one where a server refuses to run as root."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None

    def own(self, folder: Path) -> None:
        """Create a directory that only this user (and root) may enter."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self.uid is not None:
            os.chown(folder, self.uid, -1)


NOBODY = 65534
LOWER = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--pdeathsig", "INT")
# Tried in this order: a user namespace; an unprivileged user that can still read a checkout in root's home; a plain
# unprivileged user.
LESS_THAN_ROOT = (
    Account(prefix=("unshare", "-U")),
    Account(prefix=(*LOWER, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"), uid=NOBODY),
    Account(prefix=LOWER, uid=NOBODY),
)


def unprivileged() -> Account:
    """The user for servers that refuse to run as root; raises Unavailable if there is none."""
    if os.geteuid() != 0:
        return Account()
    for account in LESS_THAN_ROOT:
        if shutil.which(account.prefix[0]) and _succeeds([*account.prefix, "true"]):
            return account
    raise Unavailable("PostgreSQL does not run as root: run this as another user, or set DATABASE_URL.")


def start(
    name: str,
    command: Command,
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    keep_open: Sequence[int] = (),
) -> Child:
    """Start a child with its output in a log; `keep_open` are file descriptors it inherits."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=output,
            stderr=output,
            env=None if env is None else dict(env),
            pass_fds=keep_open,
            process_group=0,
            preexec_fn=_end_with_parent(stop_signal),
        )
    return Child(name=name, process=process, log=log, stop_signal=stop_signal)


def finish(
    name: str,
    command: Command,
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    keep_open: Sequence[int] = (),
) -> None:
    """Run a child to completion; raises Unavailable with the end of its log if it fails."""
    started = start(name, command, log=log, env=env, stdin=stdin, keep_open=keep_open)
    try:
        started.process.wait()
    finally:
        stop([started])
    if started.process.returncode:
        raise Unavailable(f"{name} failed:\n{started.last_words()}")


@contextmanager
def sole_use_of(lock_file: Path, *, otherwise: str) -> Iterator[None]:
    """Hold an exclusive lock for the block; raises Refused with the message `otherwise` if it is taken."""
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a") as lock:
        if not try_file_lock(lock.fileno()):
            raise Refused(otherwise)
        yield


def try_file_lock(lock: int) -> bool:
    """Lock an open file unless somebody else has; returns whether it is now ours."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def socket_folder(preferred: Path, *, account: Account) -> Iterator[Path]:
    """A private directory for sockets: a short temporary one if the preferred path is too long for a socket."""
    if len(os.fsencode(preferred)) <= LONGEST_SOCKET_FOLDER:
        account.own(preferred)
        yield preferred
        return
    with TemporaryDirectory(prefix="cmp-", dir="/tmp") as folder:
        account.own(Path(folder))
        yield Path(folder)


def _end_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """A preexec function that, on Linux, asks for a signal when the parent dies."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, stop_signal)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
