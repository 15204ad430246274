from accounts.management.jobs import DayCommand
from declarations import actions


class Command(DayCommand):
    help = "Ask for the declaration wherever everything is allocated and the declaration has opened."
    example = "manage.py alert_ready --on 2026-11-30"
    job = "alert_ready"
    done = "told"
    work = staticmethod(actions.alert_ready)
