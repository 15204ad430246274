from education.models.allocation import Allocation, CycleOfShares, CycleStatus
from education.models.api import ApiToken, KeyedRequest
from education.models.credits import Credit, CreditQuerySet, Provider
from education.models.disputes import Dispute
from education.models.evidence import FOLDER, Evidence, evidence_path
from education.models.intake import FEEDS, OUTCOMES, IntakeBatch, IntakeChunk, IntakeRow, IntakeRowQuerySet, feed_path
from education.models.matches import Match, MatchQuerySet
from education.models.undo import AllocationUndo
from education.models.webhooks import Webhook, WebhookAttempt, WebhookNotice

__all__ = [
    "FEEDS",
    "FOLDER",
    "OUTCOMES",
    "Allocation",
    "AllocationUndo",
    "ApiToken",
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
    "KeyedRequest",
    "Match",
    "MatchQuerySet",
    "Provider",
    "Webhook",
    "WebhookAttempt",
    "WebhookNotice",
    "evidence_path",
    "feed_path",
]
