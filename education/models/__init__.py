from education.models.allocation import Allocation, CycleOfShares, CycleStatus
from education.models.credits import Credit, CreditQuerySet, Evidence, Provider, evidence_path
from education.models.intake import IntakeBatch, IntakeRow
from education.models.undo import AllocationUndo

__all__ = [
    "Allocation",
    "AllocationUndo",
    "Credit",
    "CreditQuerySet",
    "CycleOfShares",
    "CycleStatus",
    "Evidence",
    "IntakeBatch",
    "IntakeRow",
    "Provider",
    "evidence_path",
]
