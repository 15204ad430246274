from education.models.allocation import Allocation, CycleOfShares, CycleStatus
from education.models.credits import Credit, CreditQuerySet, Evidence, Provider, evidence_path
from education.models.intake import IntakeBatch, IntakeRow
from education.models.matches import Match, MatchQuerySet

__all__ = [
    "Allocation",
    "Credit",
    "CreditQuerySet",
    "CycleOfShares",
    "CycleStatus",
    "Evidence",
    "IntakeBatch",
    "IntakeRow",
    "Match",
    "MatchQuerySet",
    "Provider",
    "evidence_path",
]
