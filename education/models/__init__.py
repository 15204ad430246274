from education.models.allocation import Allocation, CycleOfShares, CycleStatus
from education.models.credits import Credit, CreditQuerySet, Provider
from education.models.disputes import Dispute
from education.models.evidence import FOLDER, Evidence, evidence_path
from education.models.intake import IntakeBatch, IntakeRow

__all__ = [
    "FOLDER",
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
