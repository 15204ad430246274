from education.actions.allocation import AllocationRefused, Edit, allocate, change, clear, lock_cycle, refit, release
from education.actions.credits import CreditRefused, NewCredit, edit, record, withdraw
from education.actions.everywhere import Line, allocate_everywhere
from education.actions.evidence import EvidenceRefused, Upload, attach, checked_type, remove
from education.actions.status import refresh_status
from education.actions.suggestion import apply_suggestion
from education.actions.synchronisation import (
    SynchronisationRefused,
    decline,
    grant,
    request_synchronisation,
    withdraw_request,
)
from education.actions.undo import undo

__all__ = [
    "AllocationRefused",
    "CreditRefused",
    "Edit",
    "EvidenceRefused",
    "Line",
    "NewCredit",
    "SynchronisationRefused",
    "Upload",
    "allocate",
    "allocate_everywhere",
    "apply_suggestion",
    "attach",
    "change",
    "checked_type",
    "clear",
    "decline",
    "edit",
    "grant",
    "lock_cycle",
    "record",
    "refit",
    "refresh_status",
    "release",
    "remove",
    "request_synchronisation",
    "undo",
    "withdraw",
    "withdraw_request",
]
