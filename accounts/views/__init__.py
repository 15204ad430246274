from accounts.views.alerts import alerts, dismiss_alert, dismiss_all, mark_read, mark_unread
from accounts.views.email_addresses import email_addresses
from accounts.views.entrance import sign_up, staff_callback, staff_login
from accounts.views.invitations import invitation
from accounts.views.preferences import mail_again, preferences, unsubscribe
from accounts.views.record import change, change_document, record, withdraw_change
from accounts.views.sessions import end_session, sessions

__all__ = [
    "alerts",
    "change",
    "change_document",
    "dismiss_alert",
    "dismiss_all",
    "email_addresses",
    "end_session",
    "invitation",
    "mail_again",
    "mark_read",
    "mark_unread",
    "preferences",
    "record",
    "sessions",
    "sign_up",
    "staff_callback",
    "staff_login",
    "unsubscribe",
    "withdraw_change",
]
