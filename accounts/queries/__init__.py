from accounts.queries.alerts import alerts_visible_to
from accounts.queries.delivery import Undelivered, undelivered
from accounts.queries.differences import differences
from accounts.queries.job_pages import Mark, jobs_page, mark_of
from accounts.queries.jobs import JobStatus, job_runs, job_statuses, state_of

__all__ = [
    "JobStatus",
    "Mark",
    "Undelivered",
    "alerts_visible_to",
    "differences",
    "job_runs",
    "job_statuses",
    "jobs_page",
    "mark_of",
    "state_of",
    "undelivered",
]
