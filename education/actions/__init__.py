from education.actions.allocation import AllocationRefused, allocate, lock_cycle, refit, release
from education.actions.credits import CreditRefused, NewCredit, edit, record, withdraw
from education.actions.evidence import EvidenceRefused, Upload, attach, checked_type, remove
from education.actions.status import reconcile_status, refresh_status
from education.actions.suggestion import apply_suggestion

__all__ = [
    "AllocationRefused",
    "CreditRefused",
    "EvidenceRefused",
    "NewCredit",
    "Upload",
    "allocate",
    "apply_suggestion",
    "attach",
    "checked_type",
    "edit",
    "lock_cycle",
    "reconcile_status",
    "record",
    "refit",
    "refresh_status",
    "release",
    "remove",
    "withdraw",
]
