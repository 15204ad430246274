"""The random draw of an audit round, specified byte for byte in docs/audit-rounds.md.

audits/repeat_draw.py is an independent implementation. Source: the Board audits a percentage of the declarations,
after submission and before approval; the rates are settings.
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
# 33 bytes, so it sorts after every 32-byte rank.
BEHIND_ALL = b"\xff" * 33


class Stratum(NamedTuple):
    """A group of declarations drawn from separately: by credential, lateness, and whether the holder had findings."""

    credential: str
    is_late: bool
    has_findings: bool


@dataclass(frozen=True)
class Rates:
    """Sampling rates from 0 to 1: the default, overrides per credential, minimums if late or after findings."""

    usual: Decimal
    credentials: Mapping[str, Decimal] = field(default_factory=dict)
    late: Decimal | None = None
    findings: Decimal | None = None

    def of(self, stratum: Stratum) -> Decimal:
        """The highest of the rates that apply to the stratum."""
        applying = [
            self.credentials.get(stratum.credential, self.usual),
            self.late if stratum.is_late else None,
            self.findings if stratum.has_findings else None,
        ]
        return max(rate for rate in applying if rate is not None)


def draw(seed: str, population: Mapping[str, Stratum], rates: Rates) -> list[str]:
    """The declaration numbers drawn, in rank order; `population` maps each number to its stratum."""
    strata: dict[Stratum, list[str]] = defaultdict(list)
    for number in sorted(population, key=lambda number: rank(seed, number)):
        strata[population[number]].append(number)
    drawn = {
        number for stratum, numbers in strata.items() for number in numbers[: length(len(numbers), rates.of(stratum))]
    }
    return sorted(drawn, key=lambda number: rank(seed, number))


def rank(seed: str, number: str) -> bytes:
    """The sort key of a declaration: SHA-256 of "seed:number" in UTF-8. The lowest ranks of a stratum are drawn."""
    return sha256(f"{seed}:{number}".encode()).digest()


def length(population: int, rate: Decimal) -> int:
    """The sample size of a stratum: its share, rounded up so that even a small stratum is sampled."""
    return int((population * rate).to_integral_value(ROUND_CEILING))


def threshold(rate: Decimal) -> bytes:
    """The rank below which a rolling round selects: the given fraction of the whole hash range."""
    return ceil(Fraction(rate) * RANKS).to_bytes(32, "big") if rate < 1 else BEHIND_ALL


def sealed_seed(nonce: str, *, secret: str) -> str:
    """The seed of a round, as 64 hexadecimal digits; cannot be computed without the installation's secret."""
    return hmac.new(secret.encode(), f"audit round:{nonce}".encode(), sha256).hexdigest()


def seed_digest(seed: str) -> str:
    """The digest of a seed, published when its round is opened (a commitment)."""
    return sha256(seed.encode()).hexdigest()


def number_digest(number: str) -> str:
    """The digest under which a declaration's number is published."""
    return sha256(number.encode()).hexdigest()


def rate_of(text: str) -> Decimal:
    """Parse a rate written as 5% or 0.05; raises ValueError if malformed or finer than a hundredth of a percent."""
    try:
        rate = Decimal(text.strip().removesuffix("%").strip())
        rate = rate / 100 if text.strip().endswith("%") else rate
        is_one = 0 <= rate <= 1 and rate == rate.quantize(PLACES)
    except InvalidOperation:
        is_one = False
    if not is_one:
        raise ValueError(
            f"{text!r} is not a rate from 0% to 100%; write it as 5% or 0.05 (a percentage can have up to two decimals)"
        )
    return rate.quantize(PLACES)


def percent(rate: Decimal) -> str:
    """Format a rate as a percentage: 5%, 12.5%."""
    return f"{(rate * 100).normalize():f}%"
