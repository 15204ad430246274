"""Run the fault cases and print their figures: `python -m faults [f1 f4 …]`.

Exits with 1 if one misses its limit, and with 2 if no case has such a name.
"""

import os
import sys
import time
import traceback
from collections.abc import Iterator
from importlib import import_module

import django
from django.conf import settings

from faults.figures import HEAD, Figure
from faults.world import World, a_world

CASES = tuple(f"f{number}" for number in range(1, 12))
PREPARED = "cmp"  # migrated once; each case works on a copy of it


def main(*names: str) -> int:
    if unknown := [name for name in names if name.lower() not in CASES]:
        print(f"no such case: {', '.join(unknown)}; cases: {', '.join(CASES)}", file=sys.stderr)
        return 2
    with a_world() as world:
        world.start_database()
        world.start_cache()
        os.environ.update(world.env)
        django.setup()
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, for generated users
        if world.finish_command("prepare", "--no-seed"):
            raise SystemExit(world.children["manage"].last_words())
        print(HEAD)
        return int(not all([is_met(name.lower(), world) for name in names or CASES]))


def is_met(name: str, world: World) -> bool:
    """Run one case and print each figure as it is found."""
    started, missed = time.monotonic(), 0
    for figure in run(name, world):
        print(figure.row(), flush=True)
        missed += not figure.is_met
    print(f"{name} took {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return not missed


def run(name: str, world: World) -> Iterator[Figure]:
    """Run one case on its own database; stop everything it started and restore the environment afterwards."""
    from faults.tables import use_copy

    before, usual = set(world.parts), dict(world.env)
    use_copy(world, PREPARED, name)
    world.flush_cache()
    try:
        yield from import_module(f"faults.cases.{name}").run(world)
    except Exception as problem:
        traceback.print_exc()
        yield Figure(name.upper(), "aborted", 1, of=f"{type(problem).__name__}: {problem}"[:60])
    for part in set(world.parts) - before:
        world.end(part)
    world.env = usual


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
