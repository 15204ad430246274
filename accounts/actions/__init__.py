from accounts.actions.alerts import Delivery, deliver, dismiss, tell, tell_all, withdraw_alerts
from accounts.actions.calendars import forget_calendar, make_calendar
from accounts.actions.jobs import Troubled, report, run_job
from accounts.actions.records import claim_by_address

__all__ = [
    "Delivery",
    "Troubled",
    "claim_by_address",
    "deliver",
    "dismiss",
    "forget_calendar",
    "make_calendar",
    "report",
    "run_job",
    "tell",
    "tell_all",
    "withdraw_alerts",
]
