from accounts.management.jobs import JobCommand
from accounts.tasks import deliver_all


class Command(JobCommand):
    help = "Email all alerts, digests and letters that are due."
    example = "manage.py deliver_alerts"
    job = "deliver_alerts"
    done = "emailed"
    work = staticmethod(deliver_all)
