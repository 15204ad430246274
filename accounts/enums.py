from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """All permissions."""

    OWN_RECORD = "own_record", _("See and maintain one's own record")
    ALLOCATE = "allocate", _("Record and allocate one's own credits")
    DECLARE = "declare", _("Submit one's own declaration")
    BACK_OFFICE = "back_office", _("Enter the back office")
    SEE_RECORDS = "see_records", _("See holders' records")
    REVIEW = "review", _("Review declarations")
    AUDIT = "audit", _("Audit declarations")
    REGISTER = "register", _("Maintain the register of holders and credentials")
    REFERENCE = "reference", _("Maintain reference data and rules")
    FEES = "fees", _("Enter payments and refund fees")
    ADMINISTER = "administer", _("Manage staff and settings")


class Role(TextChoices):
    HOLDER = "holder", _("Holder")
    PROVIDER = "provider", _("Provider")
    REVIEWER = "reviewer", _("Reviewer")
    AUDITOR = "auditor", _("Auditor")
    REGISTRAR = "registrar", _("Registrar")
    ADMINISTRATOR = "administrator", _("Administrator")


ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.HOLDER: frozenset({Permission.OWN_RECORD, Permission.ALLOCATE, Permission.DECLARE}),
    # Providers deliver with API tokens, not by logging in: education/api.
    Role.PROVIDER: frozenset(),
    Role.REVIEWER: frozenset({Permission.BACK_OFFICE, Permission.SEE_RECORDS, Permission.REVIEW}),
    Role.AUDITOR: frozenset({Permission.BACK_OFFICE, Permission.SEE_RECORDS, Permission.AUDIT}),
    Role.REGISTRAR: frozenset(
        {Permission.BACK_OFFICE, Permission.SEE_RECORDS, Permission.REGISTER, Permission.REFERENCE, Permission.FEES}
    ),
    Role.ADMINISTRATOR: frozenset(
        {Permission.BACK_OFFICE, Permission.SEE_RECORDS, Permission.REFERENCE, Permission.ADMINISTER}
    ),
}


class RequestState(TextChoices):
    """The state of a holder's request to the Board."""

    OPEN = "open", _("Open")
    GRANTED = "granted", _("Granted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ChangeKind(TextChoices):
    """The parts of a record that a holder may request to change."""

    NAME = "name", _("Name")
    ADDRESS = "address", _("Address on file")


class LetterKind(TextChoices):
    """Kinds of letter: emails to one given address."""

    INVITATION = "invitation", _("Invitation")
    ADDRESS_CHANGED = "address_changed", _("Address on file changed")
    ACCOUNT_CLOSED = "account_closed", _("Account closed")
    CLAIM_ANSWERED = "claim_answered", _("Claim answered")
    LINK_ENDED = "link_ended", _("Record linked to another account")


class InvitationState(TextChoices):
    """Whether an invitation can still be accepted and, if not, why."""

    OPEN = "open", _("Open")
    USED = "used", _("Already used")
    LINKED = "linked", _("The record has an account")
    MOVED = "moved", _("The address on file has changed")
    EXPIRED = "expired", _("Too old")
    HAS_LOGIN = "has_login", _("The address has an account")
    OTHER_RECORD = "other_record", _("The account has another record")
    UNKNOWN = "unknown", _("Not one of our links")


class AlertKind(TextChoices):
    CREDIT_POSTED = "credit_posted", _("Provider credit posted")
    CREDIT_MATCHED = "credit_matched", _("Recorded credit delivered by its provider")
    ALL_ALLOCATED = "all_allocated", _("All requirements allocated")
    NO_LONGER_COMPLETE = "no_longer_complete", _("No longer complete")
    SHARES_RELEASED = "shares_released", _("Allocation released")
    REQUIREMENTS_RAISED = "requirements_raised", _("More points required")
    EVIDENCE_REFUSED = "evidence_refused", _("Document held back")
    DISPUTE_ANSWERED = "dispute_answered", _("Dispute answered")
    READY_TO_DECLARE = "ready_to_declare", _("Ready to declare")
    ONE_MONTH_LEFT = "one_month_left", _("One month left to submit")
    EXPIRES_SOON = "expires_soon", _("Expires soon")
    EXPIRED = "expired", _("Expired")
    DECLARATION_MOVED = "declaration_moved", _("Declaration")
    CREDENTIAL_HELD = "credential_held", _("Credential suspended, revoked or restored")
    SECURITY = "security", _("Login and security")
    REQUEST_ANSWERED = "request_answered", _("Request answered")
    RENEWED = "renewed", _("Credential renewed")
    EVIDENCE_DISCARDABLE = "evidence_discardable", _("Documents may be discarded")
    AUDIT_MOVED = "audit_moved", _("Audit")
    AUDIT_DUE = "audit_due", _("Documents for an audit are due")


class RunState(TextChoices):
    """The state of a job run."""

    NEVER = "never", _("never ran")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    INTERRUPTED = "interrupted", _("interrupted")


class Channel(TextChoices):
    """When an alert is also sent by email; My Account shows it in any case."""

    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("In one daily email")
    NEVER = "never", _("No email")


# The default for every kind.
USUAL_CHANNEL = Channel.AT_ONCE
# Kinds whose email can't be turned off, with the reason.
ALWAYS_MAILED: dict[str, Any] = {
    AlertKind.ONE_MONTH_LEFT: _("Without this notice, a credential may be lost."),
    AlertKind.EXPIRES_SOON: _("Without this notice, a credential may be lost."),
    AlertKind.EXPIRED: _("Without this notice, a credential may be lost."),
    AlertKind.DECLARATION_MOVED: _("The Board's decisions start periods in which you may respond."),
    AlertKind.AUDIT_MOVED: _("The Board's decisions start periods in which you may respond."),
    AlertKind.AUDIT_DUE: _("Without this notice, a credential may be lost."),
    AlertKind.CREDENTIAL_HELD: _("It says whether your credential is valid."),
    AlertKind.SECURITY: _("It protects your account, so it is emailed right away."),
}
# Of these, kinds that could once be turned off: such a choice may still be stored, and is ignored.
ONCE_SWITCHED_OFF = frozenset({AlertKind.CREDENTIAL_HELD.value})
# Kinds that can't wait for a daily digest.
ALWAYS_AT_ONCE = frozenset({AlertKind.SECURITY.value})


class Withdrawal(TextChoices):
    """Why an alert was withdrawn."""

    DECLARED = "declared", _("You have submitted the declaration.")
    OVERTAKEN = "overtaken", _("A newer reminder took its place.")
    INCOMPLETE = "incomplete", _("The requirements are no longer complete.")
    OUTDATED = "outdated", _("It is no longer true.")


# Email subjects; others may see the inbox, so nothing personal.
SUBJECTS: dict[str, Any] = {
    AlertKind.CREDIT_POSTED: _("A provider posted a credit"),
    AlertKind.CREDIT_MATCHED: _("A provider delivered what you had recorded"),
    AlertKind.ALL_ALLOCATED: _("All requirements are allocated"),
    AlertKind.NO_LONGER_COMPLETE: _("Your requirements are no longer complete"),
    AlertKind.SHARES_RELEASED: _("Your allocation needs your attention"),
    AlertKind.REQUIREMENTS_RAISED: _("New requirements for a credential"),
    AlertKind.EVIDENCE_REFUSED: _("A document was held back"),
    AlertKind.DISPUTE_ANSWERED: _("Your dispute was answered"),
    AlertKind.READY_TO_DECLARE: _("You can submit your declaration"),
    AlertKind.ONE_MONTH_LEFT: _("Submit your declaration soon"),
    AlertKind.EXPIRES_SOON: _("A credential expires soon"),
    AlertKind.EXPIRED: _("A credential has expired"),
    AlertKind.DECLARATION_MOVED: _("Update on your declaration"),
    AlertKind.SECURITY: _("Update on your account"),
    AlertKind.REQUEST_ANSWERED: _("Your request was answered"),
    AlertKind.RENEWED: _("Your credential has been renewed"),
    AlertKind.EVIDENCE_DISCARDABLE: _("Documents may be discarded"),
    AlertKind.CREDENTIAL_HELD: _("Update on your credential"),
    AlertKind.AUDIT_MOVED: _("Update on an audit"),
    AlertKind.AUDIT_DUE: _("Documents for an audit are due"),
}
