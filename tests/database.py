"""The migrated test database, cached as an SQL dump in var/: loading it is ten times as fast as migrating."""

import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

from cmp_portal.lib.services import postgres

ROOT = Path(__file__).resolve().parent.parent
NAME = "test_cmp"
# An operating system crash may lose the whole database.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# URL and data directory of the server that this run has started.
OWN: dict[str, str] = {}


def restore(turn: ExitStack) -> None:
    """Load the test database from the dump, if there is one; otherwise the migrations create it.

    The first of several workers migrates, while the others wait for its dump.
    """
    if not file().exists():
        turn.enter_context(alone())
    if file().exists():
        turn.close()
        psql(address("cmp"), f"--command=CREATE DATABASE {NAME}")
        if not fill(address(NAME)):
            file().unlink()
            psql(address("cmp"), f"--command=DROP DATABASE {NAME}")


@contextmanager
def alone() -> Iterator[None]:
    """File lock that serializes processes; released when its holder dies."""
    folder = ROOT / "var"
    folder.mkdir(exist_ok=True)
    with (folder / "test-database.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def keep() -> None:
    """Write the dump for these migrations, replacing outdated ones."""
    kept = file()
    if kept.exists():
        return
    half_written = kept.with_suffix(f".{os.getpid()}")
    if run("pg_dump", "--no-owner", f"--file={half_written}", address(NAME)):
        for outdated in kept.parent.glob("test-database-*.sql"):
            outdated.unlink(missing_ok=True)
        half_written.rename(kept)


def fill(place: str) -> bool:
    """Load the dump into an empty database, on any server; all or nothing."""
    return psql(place, "--single-transaction", f"--file={file()}")


def is_kept() -> bool:
    return bool(OWN) and file().exists()


def file() -> Path:
    """Path of the dump, named by a digest of all migrations, the locked packages and the server version."""
    sources = [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "requirements" / "requirements.txt"]
    state = sha256(str(binaries().major).encode())
    for source in sources:
        state.update(source.read_bytes())
    return ROOT / "var" / f"test-database-{state.hexdigest()[:16]}.sql"


def psql(place: str, *options: str) -> bool:
    return run("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *options, place)


def run(program: str, *arguments: str) -> bool:
    try:
        return subprocess.run([binaries() / program, *arguments], capture_output=True).returncode == 0
    except OSError:
        return False


def address(name: str) -> str:
    return OWN["url"].replace("postgresql:///cmp?", f"postgresql:///{name}?")


def binaries() -> postgres.Binaries:
    return postgres.binaries_for(Path(OWN["data"]))
