from declarations.actions.moves import MoveRefused
from declarations.actions.reminders import alert_ready, remind
from declarations.actions.renewal import roll
from declarations.actions.retention import send_reminders, tell_discardable
from declarations.actions.review import approve, deny, send_back, withdraw
from declarations.actions.submission import NotReady, submit

__all__ = [
    "MoveRefused",
    "NotReady",
    "alert_ready",
    "approve",
    "deny",
    "remind",
    "roll",
    "send_back",
    "send_reminders",
    "submit",
    "tell_discardable",
    "withdraw",
]
