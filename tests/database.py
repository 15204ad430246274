"""The test database as the migrations leave it, kept as SQL in var/: reading that is ten times as fast as migrating."""

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
# What a run passes on to its fixtures: the address of the server that it has started itself.
OWN: dict[str, str] = {}


def restore(turn: ExitStack) -> None:
    """Makes the test database from the file, if there is one; the migrations make it otherwise.

    Of several workers the first migrates, and the others wait in turn for its file.
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
    """One process at a time; a process that ends lets the next one go on."""
    folder = ROOT / "var"
    folder.mkdir(exist_ok=True)
    with (folder / "test-database.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def keep() -> None:
    """Writes the file for these migrations, in place of those for others."""
    kept = file()
    if kept.exists():
        return
    half_written = kept.with_suffix(f".{os.getpid()}")
    if run("pg_dump", "--no-owner", f"--file={half_written}", address(NAME)):
        for outdated in kept.parent.glob("test-database-*.sql"):
            outdated.unlink(missing_ok=True)
        half_written.rename(kept)


def fill(place: str) -> bool:
    """Makes of an empty database, on whatever server, one that is migrated; nothing of it, if anything fails."""
    return psql(place, "--single-transaction", f"--file={file()}")


def is_kept() -> bool:
    return bool(OWN) and file().exists()


def file() -> Path:
    """Named by the content of all migrations, of the packages' too, and by the server's version."""
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
