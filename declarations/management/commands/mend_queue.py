from accounts.management.jobs import JobCommand
from declarations import actions


class Command(JobCommand):
    help = "Correct the review queue, including its flags."
    example = "manage.py mend_queue"
    job = "mend_queue"
    done = "corrected"
    work = staticmethod(lambda *, at: actions.mend_queue())
