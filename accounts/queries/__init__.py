from accounts.queries.alerts import AlertLine, alerts_page, alerts_visible_to, newest_alerts
from accounts.queries.delivery import Undelivered, undelivered
from accounts.queries.differences import differences
from accounts.queries.export import export_of
from accounts.queries.invitations import (
    InvitationOver,
    holders_at,
    invitation_link,
    invitation_of,
    invitation_over,
    invitations,
    pointless_invitations,
    state_of,
    to_invite,
    unclaimed,
    valid_until,
)
from accounts.queries.job_pages import Mark, jobs_page, mark_of
from accounts.queries.jobs import JobStatus, job_runs, job_statuses, run_state
from accounts.queries.records import (
    RecordPage,
    changes_visible_to,
    document_line,
    documents_visible_to,
    has_proven,
    now_of,
    record_page,
    released,
)
from accounts.queries.sessions import sessions_visible_to
from accounts.queries.subscriptions import Subscription, subscription_by, unsubscribe_path
from accounts.queries.wishes import Wish, WishGroup, channels_of, correspondence_of, unreachable_email, wishes_of

__all__ = [
    "AlertLine",
    "InvitationOver",
    "JobStatus",
    "Mark",
    "RecordPage",
    "Subscription",
    "Undelivered",
    "Wish",
    "WishGroup",
    "alerts_page",
    "alerts_visible_to",
    "changes_visible_to",
    "channels_of",
    "correspondence_of",
    "differences",
    "document_line",
    "documents_visible_to",
    "export_of",
    "has_proven",
    "holders_at",
    "invitation_link",
    "invitation_of",
    "invitation_over",
    "invitations",
    "job_runs",
    "job_statuses",
    "jobs_page",
    "mark_of",
    "newest_alerts",
    "now_of",
    "pointless_invitations",
    "record_page",
    "released",
    "run_state",
    "sessions_visible_to",
    "state_of",
    "subscription_by",
    "to_invite",
    "unclaimed",
    "undelivered",
    "unreachable_email",
    "unsubscribe_path",
    "valid_until",
    "wishes_of",
]
