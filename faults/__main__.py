"""`python -m faults [f1 f4 …]`: runs the cases, prints their figures, and ends with 1 when one is missed."""

import os
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from importlib import import_module

import django
from django.conf import settings

from faults.figures import Figure, table
from faults.world import World, a_world

CASES = ("f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10")
PREPARED = "cmp"  # the database every case gets a copy of


def main(names: Sequence[str]) -> int:
    with a_world() as world:
        world.start_database()
        world.start_cache()
        os.environ.update(world.env)
        django.setup()
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # of invented people, made here
        if world.finish_command("prepare", "--no-seed"):
            raise SystemExit(world.children["manage"].last_words())
        figures = []
        for name in names or CASES:
            for figure in run(name, world):
                figures.append(figure)
                print("  ".join(figure.cells()), file=sys.stderr, flush=True)
    print(table(figures))
    return 0 if all(figure.is_met for figure in figures) else 1


def run(name: str, world: World) -> Iterator[Figure]:
    """One case on a database of its own; nothing it started outlives it."""
    from faults.databases import use_copy

    started = time.monotonic()
    before = set(world.parts)
    use_copy(world, PREPARED, name)
    world.flush_cache()
    try:
        yield from import_module(f"faults.cases.{name}").run(world)
    except Exception as problem:
        traceback.print_exc()
        yield Figure(name.upper(), "broke off", 1, of=f"{type(problem).__name__}: {problem}"[:60])
    for part in set(world.parts) - before:
        world.end(part)
    print(f"{name} took {time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main([name.lower() for name in sys.argv[1:]]))
