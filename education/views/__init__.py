from education.views.all_credentials import apply_everywhere, everywhere
from education.views.allocation import allocate, change, progress, release
from education.views.credits import credit, credit_add, credit_edit, credit_restore, credit_withdraw, credits
from education.views.disputes import dispute
from education.views.evidence import evidence, evidence_add, evidence_picture, evidence_remove
from education.views.matches import mark_different, match, unmatch
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
    "mark_different",
    "match",
    "plan",
    "progress",
    "release",
    "suggest_apply",
    "suggestion",
    "synchronisation",
    "synchronisation_withdraw",
    "synchronise",
    "undo",
    "unmatch",
]
