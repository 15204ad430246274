from education.models.allocation import Allocation, CycleOfShares, CycleStatus
from education.models.credits import Credit, CreditQuerySet, Provider
from education.models.disputes import Dispute
from education.models.evidence import FOLDER, Evidence, evidence_path
from education.models.intake import IntakeBatch, IntakeChunk, IntakeRow
from education.models.matches import Match, MatchQuerySet
from education.models.undo import AllocationUndo

__all__ = [
    "FOLDER",
    "Allocation",
    "AllocationUndo",
    "Credit",
    "CreditQuerySet",
    "CycleOfShares",
    "CycleStatus",
    "Dispute",
    "Evidence",
    "IntakeBatch",
    "IntakeChunk",
    "IntakeRow",
    "Match",
    "MatchQuerySet",
    "Provider",
    "evidence_path",
]
