from education.models.allocation import Allocation, CycleOfShares, CycleStatus
from education.models.credits import Credit, CreditQuerySet, Evidence, Provider, evidence_path
from education.models.disputes import Dispute
from education.models.intake import IntakeBatch, IntakeRow

__all__ = [
    "Allocation",
    "Credit",
    "CreditQuerySet",
    "CycleOfShares",
    "CycleStatus",
    "Dispute",
    "Evidence",
    "IntakeBatch",
    "IntakeRow",
    "Provider",
    "evidence_path",
]
