from education.views.allocation import allocate, progress, release
from education.views.credits import credit, credit_add, credit_edit, credit_withdraw, credits
from education.views.evidence import evidence, evidence_add, evidence_remove
from education.views.matches import match, tell_apart, unmatch
from education.views.suggestion import suggest_apply, suggestion

__all__ = [
    "allocate",
    "credit",
    "credit_add",
    "credit_edit",
    "credit_withdraw",
    "credits",
    "evidence",
    "evidence_add",
    "evidence_remove",
    "match",
    "progress",
    "release",
    "suggest_apply",
    "suggestion",
    "tell_apart",
    "unmatch",
]
