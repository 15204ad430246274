from accounts.actions.alerts import dismiss, dismiss_all, mark_read, mark_unread, tell, tell_all, withdraw_alerts
from accounts.actions.calendars import forget_calendar, make_calendar
from accounts.actions.claiming import gather_digests
from accounts.actions.delivery import Delivery, deliver, deliver_all
from accounts.actions.jobs import Troubled, report, run_job
from accounts.actions.letters import Letter, Line, compose
from accounts.actions.records import claim_by_address
from accounts.actions.security import Event, tell_of
from accounts.actions.wishes import keep_wishes, mail_again, unsubscribe

__all__ = [
    "Delivery",
    "Event",
    "Letter",
    "Line",
    "Troubled",
    "claim_by_address",
    "compose",
    "deliver",
    "deliver_all",
    "dismiss",
    "dismiss_all",
    "forget_calendar",
    "gather_digests",
    "keep_wishes",
    "mail_again",
    "make_calendar",
    "mark_read",
    "mark_unread",
    "report",
    "run_job",
    "tell",
    "tell_all",
    "tell_of",
    "unsubscribe",
    "withdraw_alerts",
]
