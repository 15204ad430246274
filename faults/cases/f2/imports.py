"""An import of credits interrupted between chunks: the database killed, the command killed, the disk full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.db import connection, connections

from cmp_portal.lib.services.processes import Child, unprivileged
from education.models import IntakeChunk
from faults.cases.f2.jobs import Command
from faults.figures import Figure
from faults.tables import database_sums, differing, use_copy
from faults.world import World, until

# Sizes of the tablespace for credits: enough for one chunk, and enough for the whole feed.
SMALL_DISK, LARGE_DISK = "8m", "2g"


def cut_off(world: World, command: Command) -> Iterator[Figure]:
    use_copy(world, "f2", "f2_well")
    world.finish_command(*command)
    well = database_sums()
    for name, cut in (("database", _kill_database), ("command", _kill_command)):
        use_copy(world, "f2", "f2_ill")
        child = world.start_command(*command)
        until(partial(_has_receipt, child), "a receipt")
        cut(world)
        child.process.wait()
        yield _again(world, command, well, f"{name} killed after a receipt")
    use_copy(world, "f2", "f2_ill")
    with tablespace(world) as place:
        code = world.finish_command(*command)
        told = world.children["manage"].last_words(1)
        connections.close_all()
        subprocess.run(["mount", "-o", f"remount,size={LARGE_DISK}", place], check=True)
        yield Figure(
            "F2", "database disk full: not reported as such", not (code == 4 and "space" in told), of=told[:60]
        )
        yield _again(world, command, well, "database disk full")
        use_copy(world, "f2", "f2_rejects")
    with small_disk(world.folder / "rejects", "16k") as place:
        file = noisy(command[-1], world.folder / "noisy.csv")
        arguments = [*command[:-1], file, "--rejects", place / "rejected.csv"]
        code = world.finish_command(*arguments)
        subprocess.run(["mount", "-o", f"remount,size={LARGE_DISK}", place], check=True)
        again = world.finish_command(*arguments)
        lines = (place / "rejected.csv").read_text().count("\n") - 1
        yield Figure(
            "F2", "rejects disk full: lines not listed afterwards", abs(REJECTS - lines), of=f"{lines:,} lines"
        )
        yield Figure("F2", "rejects disk full: unexpected exit codes", (code, again) != (4, 1), of=f"{code}, {again}")


REJECTS = 1_000


def noisy(source: str | Path, file: Path) -> Path:
    """A copy of a feed with some invalid lines added."""
    head, *lines = Path(source).read_text().splitlines()
    bad = [line.replace(",ce-course,", ",no-such-kind,") for line in lines[:REJECTS]]
    file.write_text("\n".join([head, *bad, *lines[REJECTS : 2 * REJECTS]]) + "\n")
    return file


def _kill_database(world: World) -> None:
    world.kill("database")
    connections.close_all()
    world.start_database()


def _kill_command(world: World) -> None:
    world.kill("manage")


def _has_receipt(child: Child) -> bool:
    return child.has_ended or _receipts() > 0


def _receipts() -> int:
    return IntakeChunk.objects.count()


def _again(world: World, command: Command, well: dict[str, str], name: str) -> Figure:
    done = _receipts()
    failed = world.finish_command(*command) != 0
    tables = differing(well, database_sums())
    of = ", ".join(tables) or f"{done} of {_receipts()} receipts existed before the rerun"
    return Figure("F2", f"tables that differ: {name}", len(tables) + failed + (done == 0), of=of)


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """Mount a small file system; needs root."""
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@contextmanager
def tablespace(world: World) -> Iterator[Path]:
    """Move the credits to a tablespace that is too small for the feed."""
    with small_disk(world.folder / "small", SMALL_DISK) as place:
        unprivileged().own(place)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
            cursor.execute("ALTER TABLE education_credit SET TABLESPACE small")
        yield place
        connections.close_all()
        with connection._nodb_cursor() as cursor:
            cursor.execute("DROP DATABASE f2_ill WITH (FORCE)")
            cursor.execute("DROP TABLESPACE small")
