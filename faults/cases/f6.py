"""F6: the same feed again, shuffled, split, compressed, concurrent, with corrections and withdrawals: same tables.

Every line carries the provider's timestamp, and the latest wins whatever the order of lines and files.
"""

import csv
import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

from cmp_portal.lib import clock
from faults.figures import Figure, rounds
from faults.tables import database_sums, differing, use_copy
from faults.world import World
from tests import factories

HOLDERS = 200
HEADER = ["external_id", "customer_number", "title", "kind", "subjects", "completed_on", "points"]
HEADER += ["status", "updated_at"]
# Rows about files, not credits: their number depends on the number of files.
OF_FILES = {"education_intakebatch", "education_intakechunk", "education_intakerow", "accounts_alert"}
OF_FILES |= {"education_creditevent"}
Line = list[str]


def a_feed(lines: int, *, corrected: int = 0, seed: int = 6) -> list[Line]:
    """Credits of existing holders; the last lines correct some of them and withdraw a tenth of those."""
    chance = Random(seed)
    numbers = [holder.customer_number for holder in factories.HolderFactory.create_batch(HOLDERS)]
    today = clock.today()
    day, first, later = (str(today - timedelta(days=ago)) for ago in (90, 9, 8))
    feed = [
        [f"F6-{line:06}", chance.choice(numbers), f"Course {line}", "ce-course", "chemistry", day, "1.5", "", first]
        for line in range(lines)
    ]
    return feed + [
        [*line[:6], str(chance.randint(1, 8)), "withdrawn" if number % 10 == 0 else "completed", later]
        for number, line in enumerate(chance.sample(feed, corrected))
    ]


def shuffled(feed: Sequence[Line], seed: int) -> list[Line]:
    return Random(seed).sample(feed, len(feed))


def written(folder: Path, name: str, lines: Sequence[Line]) -> Path:
    file = folder / f"{name}.csv"
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([HEADER, *lines])
    return file


def packed(folder: Path, name: str, lines: Sequence[Line]) -> Path:
    """The same lines as gzipped JSON Lines."""
    file = folder / f"{name}.jsonl.gz"
    with gzip.open(file, "wt") as stream:
        stream.writelines(json.dumps(dict(zip(HEADER, line, strict=True))) + "\n" for line in lines)
    return file


def take_in(world: World, *files: Path) -> list[int]:
    """Import files concurrently; returns the exit codes."""
    started = [
        world.start_command("import_credits", "--provider", "ascp", file, name=f"import-{number}")
        for number, file in enumerate(files)
    ]
    return [child.process.wait() for child in started]


def run(world: World) -> Iterator[Figure]:
    lines = rounds(2000, full=50_000)
    feed = a_feed(lines, corrected=lines // 10)
    whole = written(world.folder, "whole", feed)
    half = len(feed) // 2
    parts = [written(world.folder, f"part-{part}", lines) for part, lines in enumerate((feed[:half], feed[half:]))]
    mixed = written(world.folder, "mixed", shuffled(feed, 1))
    words = [written(world.folder, f"words-{part}", some) for part, some in enumerate((feed[lines:], feed[:lines]))]
    ways: dict[str, list[list[Path]]] = {
        "ten times": [[whole]] * 10,
        "shuffled": [[mixed]],
        "split": [[part] for part in parts],
        "corrections first": [[part] for part in words],
        "as gzipped JSON Lines": [[packed(world.folder, "shuffled", shuffled(feed, 2))]],
        "two copies at once": [[whole, whole]],
        "shuffled and in order at once": [[mixed, whole]],
    }
    use_copy(world, "f6", "f6_once")
    take_in(world, whole)
    once = database_sums(without=OF_FILES)
    credits = once["education_credit"].split()[0]
    for way, steps in ways.items():
        use_copy(world, "f6", "f6_again")
        failed = sum(code != 0 for step in steps for code in take_in(world, *step))
        tables = differing(once, database_sums(without=OF_FILES))
        of = ", ".join(tables) or f"{int(credits):,} credits"
        yield Figure("F6", f"tables that differ: {way}", len(tables) + failed, of=of)
