from accounts.management.jobs import DayCommand
from declarations import actions


class Command(DayCommand):
    help = "Renew the cycle of every approved declaration whose month of expiration has begun."
    example = "manage.py roll_cycles --on 2026-11-30"
    job = "roll_cycles"
    done = "renewed"
    work = staticmethod(actions.roll)
