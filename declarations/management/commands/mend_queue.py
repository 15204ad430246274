from accounts.management.jobs import JobCommand
from declarations import actions


class Command(JobCommand):
    help = "Make the queue of reviews what it should be, flags included."
    example = "manage.py mend_queue"
    job = "mend_queue"
    done = "mended"
    work = staticmethod(lambda *, at: actions.mend_queue())
