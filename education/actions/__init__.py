from education.actions.allocation import AllocationRefused, allocate, lock_cycle, refit, release
from education.actions.credits import CreditRefused, NewCredit, edit, record, withdraw
from education.actions.evidence import EvidenceRefused, Upload, attach, checked_type, remove
from education.actions.evidence_checks import check_evidence, sweep_evidence
from education.actions.status import refresh_status
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
    "check_evidence",
    "checked_type",
    "edit",
    "lock_cycle",
    "record",
    "refit",
    "refresh_status",
    "release",
    "remove",
    "sweep_evidence",
    "withdraw",
]
