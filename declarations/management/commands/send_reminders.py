from accounts.management.jobs import DayCommand
from declarations import actions


class Command(DayCommand):
    help = "Remind holders before expiration, and alert those who have expired: only the nearest step, once each."
    example = "manage.py send_reminders --on 2026-11-30"
    job = "send_reminders"
    done = "reminded"
    work = staticmethod(actions.send_reminders)
