from education.views.allocation import allocate, change, progress, release
from education.views.credits import credit, credit_add, credit_edit, credit_restore, credit_withdraw, credits
from education.views.disputes import dispute
from education.views.everywhere import apply_everywhere, everywhere
from education.views.evidence import evidence, evidence_add, evidence_picture, evidence_remove
from education.views.matches import match, tell_apart, unmatch
from education.views.plan import plan
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
    "credit_restore",
    "credit_withdraw",
    "credits",
    "dispute",
    "everywhere",
    "evidence",
    "evidence_add",
    "evidence_picture",
    "evidence_remove",
    "match",
    "plan",
    "progress",
    "release",
    "suggest_apply",
    "suggestion",
    "synchronisation",
    "synchronisation_withdraw",
    "synchronise",
    "tell_apart",
    "undo",
    "unmatch",
]
