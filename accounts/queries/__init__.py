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
from accounts.queries.alerts import AlertLine, alerts_page, alerts_visible_to, newest_alerts
from accounts.queries.differences import differences
from accounts.queries.subscriptions import Subscription, subscription_by, unsubscribe_path
from accounts.queries.wishes import (
    Wish,
    WishGroup,
    channels_of,
    correspondence_of,
    unreachable_email,
    wishes_of,
)

__all__ = [
    "AlertLine",
    "Subscription",
    "Wish",
    "WishGroup",
    "alerts_page",
    "alerts_visible_to",
    "channels_of",
    "correspondence_of",
    "differences",
    "newest_alerts",
    "subscription_by",
    "unreachable_email",
    "unsubscribe_path",
    "wishes_of",
]
