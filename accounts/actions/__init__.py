from accounts.actions.alerts import dismiss, dismiss_all, mark_read, mark_unread, tell, tell_all, withdraw_alerts
from accounts.actions.calendars import forget_calendar, make_calendar
from accounts.actions.changes import (
    ONE_AT_A_TIME,
    ChangeRefused,
    ask,
    decline_change,
    grant_change,
    keep_holder,
    was_decided_so,
    withdraw_change,
)
from accounts.actions.claiming import gather_digests
from accounts.actions.delivery import Delivery, deliver, deliver_all
from accounts.actions.documents import check_documents, sweep_documents
from accounts.actions.invitations import (
    InvitationRefused,
    accept,
    accept_as,
    invite,
    invite_by_address,
    withdraw_pointless_invitations,
)
from accounts.actions.jobs import CompletedWithProblems, Failures, JobRefused, report, run_job
from accounts.actions.letters import answer_claimant, say_farewell, send_again, tell_unlinked, withdraw_letters
from accounts.actions.mails import Mail, MailedAlert, compose
from accounts.actions.preferences import mail_again, note_browser_language, save_preferences, unsubscribe
from accounts.actions.records import claim_by_address
from accounts.actions.security import Event, forget_second_steps, notice_of, tell_of
from accounts.actions.sessions import end_session, renew_session
from accounts.actions.staff import StaffRefused, Told, admit_staff
from accounts.actions.stored_files import check_each_document, delete_orphaned_files

__all__ = [
    "ONE_AT_A_TIME",
    "ChangeRefused",
    "CompletedWithProblems",
    "Delivery",
    "Event",
    "Failures",
    "InvitationRefused",
    "JobRefused",
    "Mail",
    "MailedAlert",
    "StaffRefused",
    "Told",
    "accept",
    "accept_as",
    "admit_staff",
    "answer_claimant",
    "ask",
    "check_documents",
    "check_each_document",
    "claim_by_address",
    "compose",
    "decline_change",
    "delete_orphaned_files",
    "deliver",
    "deliver_all",
    "dismiss",
    "dismiss_all",
    "end_session",
    "forget_calendar",
    "forget_second_steps",
    "gather_digests",
    "grant_change",
    "invite",
    "invite_by_address",
    "keep_holder",
    "mail_again",
    "make_calendar",
    "mark_read",
    "mark_unread",
    "note_browser_language",
    "notice_of",
    "renew_session",
    "report",
    "run_job",
    "save_preferences",
    "say_farewell",
    "send_again",
    "sweep_documents",
    "tell",
    "tell_all",
    "tell_of",
    "tell_unlinked",
    "unsubscribe",
    "was_decided_so",
    "withdraw_alerts",
    "withdraw_change",
    "withdraw_letters",
    "withdraw_pointless_invitations",
]
