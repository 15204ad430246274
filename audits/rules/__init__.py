"""Who is audited, and by whom: pure functions without a clock, with the same results on any machine."""

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
