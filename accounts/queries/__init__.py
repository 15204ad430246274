from accounts.queries.alerts import AlertLine, alerts_page, alerts_visible_to, newest_alerts
from accounts.queries.consistency import consistency_checks
from accounts.queries.delivery import Undelivered, Unreachable, undelivered, unreachable
from accounts.queries.export import export_of
from accounts.queries.invitations import (
    holders_at,
    invitation_ends_on,
    invitation_link,
    invitation_of,
    invitation_over,
    invitations,
    pointless_invitations,
    state_of,
    to_invite,
)
from accounts.queries.job_pages import jobs_page, mark_of
from accounts.queries.jobs import JobStatus, job_runs, job_statuses, run_state
from accounts.queries.languages import (
    CORRESPONDENCE,
    in_each_language,
    in_language_of,
    in_language_of_each,
    language_sql,
    languages_of,
    sql_in_each_language,
)
from accounts.queries.letters import letters_to_send_again
from accounts.queries.preferences import (
    AlertPreference,
    correspondence_of,
    preferences_of,
    unreachable_email,
)
from accounts.queries.records import (
    changes_visible_to,
    document_line,
    documents_visible_to,
    has_proven,
    now_of,
    open_change,
    record_page,
    record_url,
    released,
)
from accounts.queries.sessions import sessions_visible_to
from accounts.queries.subscriptions import Subscription, subscription_by, unsubscribe_path

__all__ = [
    "CORRESPONDENCE",
    "AlertLine",
    "AlertPreference",
    "JobStatus",
    "Subscription",
    "Undelivered",
    "Unreachable",
    "alerts_page",
    "alerts_visible_to",
    "changes_visible_to",
    "consistency_checks",
    "correspondence_of",
    "document_line",
    "documents_visible_to",
    "export_of",
    "has_proven",
    "holders_at",
    "in_each_language",
    "in_language_of",
    "in_language_of_each",
    "invitation_ends_on",
    "invitation_link",
    "invitation_of",
    "invitation_over",
    "invitations",
    "job_runs",
    "job_statuses",
    "jobs_page",
    "language_sql",
    "languages_of",
    "letters_to_send_again",
    "mark_of",
    "newest_alerts",
    "now_of",
    "open_change",
    "pointless_invitations",
    "preferences_of",
    "record_page",
    "record_url",
    "released",
    "run_state",
    "sessions_visible_to",
    "sql_in_each_language",
    "state_of",
    "subscription_by",
    "to_invite",
    "undelivered",
    "unreachable",
    "unreachable_email",
    "unsubscribe_path",
]
