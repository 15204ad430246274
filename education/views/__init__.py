from education.views.allocation import allocate, change, progress, release
from education.views.credits import credit, credit_add, credit_edit, credit_withdraw, credits
from education.views.everywhere import apply_everywhere, everywhere
from education.views.evidence import evidence, evidence_add, evidence_remove
from education.views.suggestion import suggest_apply, suggestion
from education.views.synchronisation import synchronisation, synchronisation_withdraw, synchronise
from education.views.undo import clear, clearing, undo

__all__ = [
    "allocate",
    "apply_everywhere",
    "change",
    "clear",
    "clearing",
    "credit",
    "credit_add",
    "credit_edit",
    "credit_withdraw",
    "credits",
    "everywhere",
    "evidence",
    "evidence_add",
    "evidence_remove",
    "progress",
    "release",
    "suggest_apply",
    "suggestion",
    "synchronisation",
    "synchronisation_withdraw",
    "synchronise",
    "undo",
]
