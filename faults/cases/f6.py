"""F6: the same feed again, shuffled, split, two at once, with corrections: the same tables.

A later line wins; a feed has no moment of its own yet, so lines about one credit keep their order when shuffled.
"""

import csv
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
# What was told about files, not about credits: more files, more rows.
OF_FILES = {"education_intakebatch", "education_intakechunk", "education_intakerow", "accounts_alert"}
OF_FILES |= {"education_creditevent"}
Line = list[str]


def a_feed(lines: int, *, corrected: int = 0, seed: int = 6) -> list[Line]:
    """Credits of known holders; the last lines correct some of them."""
    chance = Random(seed)
    numbers = [holder.customer_number for holder in factories.HolderFactory.create_batch(HOLDERS)]
    day = clock.today() - timedelta(days=90)
    feed = [
        [f"F6-{line:06}", chance.choice(numbers), f"Course {line}", "ce-course", "chemistry", str(day), "1.5"]
        for line in range(lines)
    ]
    return feed + [[*line[:6], str(chance.randint(1, 8))] for line in chance.sample(feed, corrected)]


def shuffled(feed: Sequence[Line], seed: int) -> list[Line]:
    """Another order, but for lines about the same credit."""
    keys = [line[0] for line in feed]
    Random(seed).shuffle(keys)
    waiting: dict[str, list[Line]] = {}
    for line in feed:
        waiting.setdefault(line[0], []).append(line)
    return [waiting[key].pop(0) for key in keys]


def written(folder: Path, name: str, lines: Sequence[Line]) -> Path:
    file = folder / f"{name}.csv"
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([HEADER, *lines])
    return file


def take_in(world: World, *files: Path) -> list[int]:
    """Imports files, all of them at once; their exit codes."""
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
    ways: dict[str, list[list[Path]]] = {
        "ten times": [[whole]] * 10,
        "shuffled": [[mixed]],
        "split": [[part] for part in parts],
        "two at once": [[whole, whole]],
        "shuffled and whole at once": [[mixed, whole]],
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
