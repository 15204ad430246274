"""Who is audited, and by whom: pure, without a clock, the same on any machine."""

from audits.rules.assigning import AuditorFacts, may_audit
from audits.rules.draw import (
    Rates,
    Stratum,
    draw,
    length,
    number_digest,
    percent,
    rank,
    rate_of,
    sealed_seed,
    seed_digest,
    threshold,
)

__all__ = [
    "AuditorFacts",
    "Rates",
    "Stratum",
    "draw",
    "length",
    "may_audit",
    "number_digest",
    "percent",
    "rank",
    "rate_of",
    "sealed_seed",
    "seed_digest",
    "threshold",
]
