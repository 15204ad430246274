"""F9: fuzzed provider files, CSV and JSON: no unhandled error, and every line counted exactly once."""

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
    """Valid lines, most of them corrupted at random."""
    hurt = []
    for line in lines:
        cells = list(line)
        for _ in range(chance.choice([0, 1, 1, 2])):
            cells[chance.randrange(len(cells))] = chance.choice(CELLS)
        raw = bytearray(",".join(cells[: chance.choice([9, 9, 9, 9, 8])]).encode())
        if chance.random() < 0.2:
            place = chance.randrange(len(raw) + 1)
            raw[place:place] = chance.choice(BYTES)
        hurt.append(bytes(raw))
    return ",".join(HEADER).encode() + b"\n" + b"\n".join(hurt) + b"\n"


VALUES: list[object] = [None, True, 1, 1.5, -0.0, 10**400, [], ["chemistry"], [1], {}, {"a": {}}, "\ud800", "\u0000"]
TEXTS = [
    "",
    "{",
    "[" * 5000,
    '{"a":' * 5000,
    "null",
    '"text"',
    "{}",
    "NaN",
    '{"points":1,"points":2}',
    "{'a': 1}",
    "\x00",
]


def noise_in_json(lines: list[list[str]], chance: Random) -> bytes:
    """The same as JSON Lines: wrong types, unknown fields, or invalid JSON."""
    hurt = []
    for line in lines:
        record: dict[str, object] = dict(zip(HEADER, line, strict=True))
        for _ in range(chance.choice([0, 1, 1, 2])):
            record[chance.choice([*HEADER, "other"])] = chance.choice([*VALUES, *CELLS])
        raw = bytearray(json.dumps(record).encode() if chance.random() < 0.9 else chance.choice(TEXTS).encode())
        if chance.random() < 0.2:
            place = chance.randrange(len(raw) + 1)
            raw[place:place] = chance.choice(BYTES)
        hurt.append(bytes(raw))
    return b'{"external_id": "first"}\n' + b"\n".join(hurt) + b"\n"


def run(world: World) -> Iterator[Figure]:
    for kind, make in (("csv", noise), ("jsonl", noise_in_json)):
        unhandled = miscounted = lines = 0
        for number in range(FILES):
            file = world.folder / f"noise-{number}.{kind}"
            feed = a_feed(rounds(20_000, full=200_000), seed=number)
            file.write_bytes(make(feed, Random(number)))
            code, counts = taken_in(world, file)
            unhandled += code not in (0, 1)
            told = counts.pop("lines", 0)
            lines += told
            miscounted += abs(told - sum(counts.values())) + abs(counts.get("rejected", 0) - rejected_in(file))
        yield Figure("F9", f"unexpected exit codes: {kind}", unhandled, of=f"{FILES} files, {lines:,} lines")
        yield Figure("F9", f"lines not counted exactly once: {kind}", miscounted)


def taken_in(world: World, file: Path) -> tuple[int, dict[str, int]]:
    """Import a file; the exit code and the counts from the last line of the output."""
    code = world.finish_command("import_credits", "--provider", "ascp", file)
    said = world.children["manage"].last_words(1)
    return code, json.loads(said) if said.startswith("{") else {}


def rejected_in(file: Path) -> int:
    with file.with_suffix(".rejected.csv").open(encoding="utf-8", newline="") as stream:
        return sum(1 for _row in csv.DictReader(stream))
