from education.models.allocation import Allocation, CycleOfShares, CycleStatus
from education.models.credits import Credit, CreditQuerySet, Provider
from education.models.disputes import Dispute
from education.models.evidence import FOLDER, Evidence, evidence_path
from education.models.intake import FEEDS, IntakeBatch, IntakeChunk, IntakeRow, IntakeRowQuerySet, feed_path
from education.models.matches import Match, MatchQuerySet
from education.models.undo import AllocationUndo

__all__ = [
    "FEEDS",
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
    "IntakeRowQuerySet",
    "Match",
    "MatchQuerySet",
    "Provider",
    "evidence_path",
    "feed_path",
]
