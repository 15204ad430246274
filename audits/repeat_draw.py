"""Repeats the draw of an audit round from its published file; needs nothing but Python.

python repeat_draw.py population.csv                                   the drawn declarations, one per line
python repeat_draw.py population.csv --rolling                         the same for a rolling round
python repeat_draw.py population.csv --seed SEED --number NUMBER       whether a given declaration was drawn
"""

import argparse
import csv
from collections import defaultdict
from fractions import Fraction
from hashlib import sha256
from math import ceil

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--rolling", action="store_true")
parser.add_argument("--seed")
parser.add_argument("--number")
asked = parser.parse_args()

strata = defaultdict(list)
with open(asked.file, encoding="utf-8-sig") as file:
    for line in csv.DictReader(file):
        strata[line["stratum"], Fraction(line["rate"])].append((line["rank_sha256"], line["number_sha256"]))

drawn = []
for (_stratum, rate), ranks in strata.items():
    if asked.rolling:
        drawn += [one for one in ranks if int(one[0], 16) < rate * 2**256]
    else:
        drawn += sorted(ranks)[: ceil(len(ranks) * rate)]

if asked.number:
    number = sha256(asked.number.encode()).hexdigest()
    rank = sha256(f"{asked.seed}:{asked.number}".encode()).hexdigest()
    is_there = any((rank, number) in ranks for ranks in strata.values())
    print("drawn" if (rank, number) in drawn else "not drawn" if is_there else "not in this population")
else:
    for _rank, number in sorted(drawn):
        print(number)
