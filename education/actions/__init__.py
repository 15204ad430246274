from education.actions.allocation import AllocationRefused, allocate, lock_cycle, refit, release
from education.actions.corrections import Correction
from education.actions.credits import CreditRefused, NewCredit, draft, edit, record, restore, withdraw
from education.actions.disputes import DisputeRefused, decide, dispute
from education.actions.evidence import EvidenceRefused, Upload, attach, checked_type, remove
from education.actions.evidence_checks import check_evidence, sweep_evidence
from education.actions.status import refresh_status
from education.actions.suggestion import apply_suggestion

__all__ = [
    "AllocationRefused",
    "Correction",
    "CreditRefused",
    "DisputeRefused",
    "EvidenceRefused",
    "NewCredit",
    "Upload",
    "allocate",
    "apply_suggestion",
    "attach",
    "check_evidence",
    "checked_type",
    "decide",
    "dispute",
    "draft",
    "edit",
    "lock_cycle",
    "record",
    "refit",
    "refresh_status",
    "release",
    "remove",
    "restore",
    "sweep_evidence",
    "withdraw",
]
