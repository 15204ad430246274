from education.actions.allocation import AllocationRefused, allocate, lock_cycle, refit, release
from education.actions.credits import CreditRefused, NewCredit, edit, record, withdraw
from education.actions.evidence import EvidenceRefused, Upload, attach, checked_type, remove
from education.actions.matching import MatchRefused, match, tell_apart, unmatch
from education.actions.status import refresh_status
from education.actions.suggestion import apply_suggestion

__all__ = [
    "AllocationRefused",
    "CreditRefused",
    "EvidenceRefused",
    "MatchRefused",
    "NewCredit",
    "Upload",
    "allocate",
    "apply_suggestion",
    "attach",
    "checked_type",
    "edit",
    "lock_cycle",
    "match",
    "record",
    "refit",
    "refresh_status",
    "release",
    "remove",
    "tell_apart",
    "unmatch",
    "withdraw",
]
