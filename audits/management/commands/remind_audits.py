from accounts.management.jobs import DayCommand
from audits import actions


class Command(DayCommand):
    help = "Remind of documents that are due for an audit: only the nearest step, each once."
    example = "manage.py remind_audits --on 2026-11-30"
    job = "remind_audits"
    done = "told"
    work = staticmethod(actions.remind)
