"""F9: lines of noise in a provider's file: nothing unhandled, and every line in exactly one count."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

from faults.cases.f6 import HEADER, a_feed
from faults.figures import Figure, rounds
from faults.world import World

FILES = 5
CELLS = [
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "NaN",
    "١٢",
    "½",
    "9999.99",
    "10000",
    "0.001",
    "=1+1",
    "\\N",
    "\\.",
    "\\",
    "'",
    "\ufeff",
]
CELLS += ["0000-01-01", "9999-12-31", "10000-01-01", "2024-02-30", "２０２４-01-01", "\x00", "\x1f", "\x85", "\u2028"]
CELLS += ["[" * 3000, '{"a":' * 500, "a" * 70_000, '"', '""', '"open', 'sh"ut', "\ud7ff", "\U0010ffff", "e\u0301", "\r"]
BYTES = [b"\xff\xfe", b"\xef\xbb\xbf", b"\xc0\x80", b"\xed\xa0\x80", b"\n\n", b"\r", b'"""', b"\x00" * 50]


def noise(lines: list[list[str]], chance: Random) -> bytes:
    """Good lines, most of them hurt in some place."""
    hurt = []
    for line in lines:
        cells = list(line)
        for _ in range(chance.choice([0, 1, 1, 2])):
            cells[chance.randrange(len(cells))] = chance.choice(CELLS)
        raw = bytearray(",".join(cells[: chance.choice([7, 7, 7, 7, 6])]).encode())
        if chance.random() < 0.2:
            place = chance.randrange(len(raw) + 1)
            raw[place:place] = chance.choice(BYTES)
        hurt.append(bytes(raw))
    return ",".join(HEADER).encode() + b"\n" + b"\n".join(hurt) + b"\n"


def run(world: World) -> Iterator[Figure]:
    unhandled = miscounted = lines = 0
    for number in range(FILES):
        file = world.folder / f"noise-{number}.csv"
        file.write_bytes(noise(a_feed(rounds(200_000), seed=number), Random(number)))
        code, counts = taken_in(world, file)
        unhandled += code not in (0, 1)
        told = counts.pop("lines", 0)
        lines += told
        miscounted += abs(told - sum(counts.values())) + abs(counts.get("rejected", 0) - rejected_in(file))
    yield Figure("F9", "unhandled", unhandled, of=f"{FILES} files, {lines:,} lines")
    yield Figure("F9", "lines in no count or in two", miscounted)


def taken_in(world: World, file: Path) -> tuple[int, dict[str, int]]:
    """The exit code and the counts on the last line."""
    code = world.finish_command("import_credits", "--provider", "ascp", file)
    said = world.children["manage"].last_words(1)
    return code, json.loads(said) if said.startswith("{") else {}


def rejected_in(file: Path) -> int:
    with file.with_suffix(".rejected.csv").open(encoding="utf-8", newline="") as stream:
        return sum(1 for _row in csv.DictReader(stream))
