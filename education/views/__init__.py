from education.views.allocation import allocate, progress, release
from education.views.credits import credit, credit_add, credit_edit, credit_restore, credit_withdraw, credits
from education.views.disputes import dispute
from education.views.evidence import evidence, evidence_add, evidence_picture, evidence_remove
from education.views.suggestion import suggest_apply, suggestion

__all__ = [
    "allocate",
    "credit",
    "credit_add",
    "credit_edit",
    "credit_restore",
    "credit_withdraw",
    "credits",
    "dispute",
    "evidence",
    "evidence_add",
    "evidence_picture",
    "evidence_remove",
    "progress",
    "release",
    "suggest_apply",
    "suggestion",
]
