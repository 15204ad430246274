from accounts.queries.alerts import AlertLine, alerts_page, alerts_visible_to, newest_alerts
from accounts.queries.delivery import Undelivered, undelivered
from accounts.queries.differences import differences
from accounts.queries.job_pages import Mark, jobs_page, mark_of
from accounts.queries.jobs import JobStatus, job_runs, job_statuses, state_of
from accounts.queries.subscriptions import Subscription, subscription_by, unsubscribe_path
from accounts.queries.wishes import Wish, WishGroup, channels_of, correspondence_of, unreachable_email, wishes_of

__all__ = [
    "AlertLine",
    "JobStatus",
    "Mark",
    "Subscription",
    "Undelivered",
    "Wish",
    "WishGroup",
    "alerts_page",
    "alerts_visible_to",
    "channels_of",
    "correspondence_of",
    "differences",
    "job_runs",
    "job_statuses",
    "jobs_page",
    "mark_of",
    "newest_alerts",
    "state_of",
    "subscription_by",
    "undelivered",
    "unreachable_email",
    "unsubscribe_path",
    "wishes_of",
]
