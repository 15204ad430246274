from declarations.actions.amending import amend
from declarations.actions.appeals import appeal, overturn, replace_document, uphold
from declarations.actions.badges import badge_of
from declarations.actions.bulk import approve_unflagged
from declarations.actions.claims import claim, release, take_over
from declarations.actions.fees import FeeRefused, note_payment
from declarations.actions.moves import MoveRefused
from declarations.actions.notes import answer_note, reply, write_note
from declarations.actions.payments import begin_payment, process_webhook_event, reconcile_payments, refresh_checkouts
from declarations.actions.proofs import hand_out, issue_proofs
from declarations.actions.queue import enter, mend_queue
from declarations.actions.refunds import refund
from declarations.actions.reminders import alert_ready, remind
from declarations.actions.renewal import roll
from declarations.actions.retention import send_reminders, tell_discardable
from declarations.actions.review import approve, deny, send_back, withdraw
from declarations.actions.rulings import rule
from declarations.actions.sharing import ShareRefused, hide, revoke_link, share, show
from declarations.actions.submission import ChangedSince, NotReady, submit

__all__ = [
    "ChangedSince",
    "FeeRefused",
    "MoveRefused",
    "NotReady",
    "ShareRefused",
    "alert_ready",
    "amend",
    "answer_note",
    "appeal",
    "approve",
    "approve_unflagged",
    "badge_of",
    "begin_payment",
    "claim",
    "deny",
    "enter",
    "hand_out",
    "hide",
    "issue_proofs",
    "mend_queue",
    "note_payment",
    "overturn",
    "process_webhook_event",
    "reconcile_payments",
    "refresh_checkouts",
    "refund",
    "release",
    "remind",
    "replace_document",
    "reply",
    "revoke_link",
    "roll",
    "rule",
    "send_back",
    "send_reminders",
    "share",
    "show",
    "submit",
    "take_over",
    "tell_discardable",
    "uphold",
    "withdraw",
    "write_note",
]
