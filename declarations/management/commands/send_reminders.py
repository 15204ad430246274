from accounts.management.jobs import DayCommand
from declarations import actions


class Command(DayCommand):
    help = "Remind before expiration, and tell who has expired: only the nearest step, each once."
    example = "manage.py send_reminders --on 2026-11-30"
    job = "send_reminders"
    done = "told"
    work = staticmethod(actions.send_reminders)
