from accounts.management.jobs import DayCommand
from declarations import actions


class Command(DayCommand):
    help = "Alert holders who have allocated everything and can declare now."
    example = "manage.py alert_ready --on 2026-11-30"
    job = "alert_ready"
    done = "alerted"
    work = staticmethod(actions.alert_ready)
