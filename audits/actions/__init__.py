from audits.actions.answering import amend, answer, hand_in, say_not_available, shares_of
from audits.actions.auditing import (
    ask_more,
    begin,
    extend,
    fail,
    pass_audit,
    propose_failing,
    request_documents,
    select,
    take,
)
from audits.actions.drawing import draw
from audits.actions.findings import find
from audits.actions.moves import MoveRefused
from audits.actions.purging import PurgeRefused, purge_evidence, purgeable
from audits.actions.reminders import remind
from audits.actions.requesting import Requests, request_many, requests_in
from audits.actions.rounds import RoundRefused, check, open_round
from audits.actions.selection import select_submitted

__all__ = [
    "MoveRefused",
    "PurgeRefused",
    "Requests",
    "RoundRefused",
    "amend",
    "answer",
    "ask_more",
    "begin",
    "check",
    "draw",
    "extend",
    "fail",
    "find",
    "hand_in",
    "open_round",
    "pass_audit",
    "propose_failing",
    "purge_evidence",
    "purgeable",
    "remind",
    "request_documents",
    "request_many",
    "requests_in",
    "say_not_available",
    "select",
    "select_submitted",
    "shares_of",
    "take",
]
