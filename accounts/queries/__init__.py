from accounts.queries.alerts import alerts_visible_to
from accounts.queries.delivery import Undelivered, undelivered
from accounts.queries.differences import differences
from accounts.queries.jobs import JobStatus, job_statuses, state_of

__all__ = [
    "JobStatus",
    "Undelivered",
    "alerts_visible_to",
    "differences",
    "job_statuses",
    "state_of",
    "undelivered",
]
