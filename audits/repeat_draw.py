"""Repeats the draw of an audit round from its published file; needs nothing but Python.

python repeat_draw.py population.csv                                   the drawn declarations, one per line
python repeat_draw.py population.csv --rolling                         the same for a rolling round
python repeat_draw.py population.csv --seed SEED --number NUMBER       whether a given declaration was drawn
"""

import argparse
import csv
import re
from collections import defaultdict
from fractions import Fraction
from hashlib import sha256
from math import ceil
from typing import NoReturn, TextIO

COLUMNS = ("stratum", "rate", "number_sha256", "rank_sha256")
DIGEST = re.compile("[0-9a-f]{64}")

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--rolling", action="store_true")
parser.add_argument("--seed")
parser.add_argument("--number")
asked = parser.parse_args()


def refuse(reason: str) -> NoReturn:
    parser.exit(2, f"{reason}\n")


def read(file: TextIO) -> dict[tuple[str, Fraction], list[tuple[str, str]]]:
    lines = csv.DictReader(file)
    if missing := [name for name in COLUMNS if name not in (lines.fieldnames or [])]:
        refuse(f"{asked.file} is not the population of a round: it has no column {', '.join(missing)}")
    strata: dict[tuple[str, Fraction], list[tuple[str, str]]] = defaultdict(list)
    for line in lines:
        stratum, rate, number, rank = (line[name] or "" for name in COLUMNS)
        if not (DIGEST.fullmatch(number) and DIGEST.fullmatch(rank)):
            refuse(f"{asked.file}, line {lines.line_num}: number_sha256 or rank_sha256 is not a SHA-256")
        strata[stratum, Fraction(rate)].append((rank, number))
    return strata


if (asked.seed is None) != (asked.number is None):
    refuse("--seed and --number go together")
try:
    with open(asked.file, encoding="utf-8-sig") as file:
        strata = read(file)
except OSError as problem:
    refuse(f"{asked.file} can't be read: {problem.strerror}")
except (ValueError, ZeroDivisionError, csv.Error) as problem:
    refuse(f"{asked.file} is not the population of a round: {problem}")

drawn = []
for (_stratum, rate), ranks in strata.items():
    if asked.rolling:
        drawn += [one for one in ranks if int(one[0], 16) < rate * 2**256]
    else:
        drawn += sorted(ranks)[: ceil(len(ranks) * rate)]

if asked.number is not None:
    number = sha256(asked.number.encode()).hexdigest()
    rank = sha256(f"{asked.seed}:{asked.number}".encode()).hexdigest()
    is_there = any((rank, number) in ranks for ranks in strata.values())
    print("drawn" if (rank, number) in drawn else "not drawn" if is_there else "not in this population")
else:
    for _rank, number in sorted(drawn):
        print(number)
