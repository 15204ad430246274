from accounts.management.jobs import DayCommand
from audits import actions


class Command(DayCommand):
    help = "Remind holders of documents due for an audit: one reminder per step, and only for the nearest one."
    example = "manage.py remind_audits --on 2026-11-30"
    job = "remind_audits"
    done = "reminded"
    work = staticmethod(actions.remind)
