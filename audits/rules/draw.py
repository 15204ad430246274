"""The draw of a round. docs/audit-rounds.md says it in words, byte for byte; audits/repeat_draw.py repeats it.

Source: the Board audits a percentage of the declarations, after submission and before approval; shares are settings.
"""

import hmac
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from fractions import Fraction
from hashlib import sha256
from math import ceil
from typing import NamedTuple

PLACES = Decimal("0.0001")
RANKS = 2**256
# Longer than any rank of 32 bytes, hence behind all of them.
BEHIND_ALL = b"\xff" * 33


class Stratum(NamedTuple):
    """Declarations among which a list is drawn: of one credential, late or not, of holders with findings or without."""

    credential: str
    is_late: bool
    has_findings: bool


@dataclass(frozen=True)
class Rates:
    """Shares from 0 to 1: the usual one, those of single credentials instead of it, and what more is asked of some."""

    usual: Decimal
    credentials: Mapping[str, Decimal] = field(default_factory=dict)
    late: Decimal | None = None
    findings: Decimal | None = None

    def of(self, stratum: Stratum) -> Decimal:
        """The highest of the rates that apply."""
        applying = [
            self.credentials.get(stratum.credential, self.usual),
            self.late if stratum.is_late else None,
            self.findings if stratum.has_findings else None,
        ]
        return max(rate for rate in applying if rate is not None)


def draw(seed: str, population: Mapping[str, Stratum], rates: Rates) -> list[str]:
    """The numbers that are drawn, in the order of their ranks; `population` has each number's stratum."""
    strata: dict[Stratum, list[str]] = defaultdict(list)
    for number in sorted(population, key=lambda number: rank(seed, number)):
        strata[population[number]].append(number)
    drawn = {
        number for stratum, numbers in strata.items() for number in numbers[: length(len(numbers), rates.of(stratum))]
    }
    return sorted(drawn, key=lambda number: rank(seed, number))


def rank(seed: str, number: str) -> bytes:
    """Where a declaration stands: SHA-256 of the seed, a colon and the number, in UTF-8; the lowest are drawn."""
    return sha256(f"{seed}:{number}".encode()).digest()


def length(population: int, rate: Decimal) -> int:
    """How many of a stratum are drawn: its share, rounded up, so that none is too small to be looked at."""
    return int((population * rate).to_integral_value(ROUND_CEILING))


def threshold(rate: Decimal) -> bytes:
    """Below which ranks a rolling round selects: the share of all ranks there can be."""
    return ceil(Fraction(rate) * RANKS).to_bytes(32, "big") if rate < 1 else BEHIND_ALL


def sealed_seed(nonce: str, *, secret: str) -> str:
    """The seed of a round, 64 hexadecimal digits: nobody has it without the installation's secret."""
    return hmac.new(secret.encode(), f"audit round:{nonce}".encode(), sha256).hexdigest()


def seed_digest(seed: str) -> str:
    """What is published of a seed when its round is opened."""
    return sha256(seed.encode()).hexdigest()


def number_digest(number: str) -> str:
    """What is published of a declaration's number."""
    return sha256(number.encode()).hexdigest()


def rate_of(text: str) -> Decimal:
    """A rate as people write it, 5% or 0.05; ValueError for what is none, or finer than a hundredth of a percent."""
    try:
        rate = Decimal(text.strip().removesuffix("%").strip())
        rate = rate / 100 if text.strip().endswith("%") else rate
        is_one = 0 <= rate <= 1 and rate == rate.quantize(PLACES)
    except InvalidOperation:
        is_one = False
    if not is_one:
        raise ValueError(f"{text!r} is not a rate: write it as 5% or 0.05, with at most two places of a percent")
    return rate.quantize(PLACES)


def percent(rate: Decimal) -> str:
    """The rate as people read it: 5%, 12.5%."""
    return f"{(rate * 100).normalize():f}%"
