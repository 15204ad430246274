"""The rules engine: why a credit counts, what is missing, and where points fit; pure and without a clock."""

from education.rules.values import (
    AreaStanding,
    CreditFacts,
    CreditId,
    CreditReason,
    CreditStanding,
    Measure,
    Period,
    Reason,
    RuleStanding,
    Share,
    Standing,
)

__all__ = [
    "AreaStanding",
    "CreditFacts",
    "CreditId",
    "CreditReason",
    "CreditStanding",
    "Measure",
    "Period",
    "Reason",
    "RuleStanding",
    "Share",
    "Standing",
]
