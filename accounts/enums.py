from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Everything that may be allowed or refused, in one list."""

    OWN_RECORD = "own_record", _("See and keep one's own record")
    ALLOCATE = "allocate", _("Record and allocate one's own credits")
    DECLARE = "declare", _("Submit one's own declaration")
    DELIVER_CREDITS = "deliver_credits", _("Deliver credits as a provider")
    BACK_OFFICE = "back_office", _("Enter the back office")
    SEE_RECORDS = "see_records", _("See holders' records")
    REVIEW = "review", _("Review declarations")
    AUDIT = "audit", _("Audit declarations")
    REGISTER = "register", _("Keep the register of holders and credentials")
    REFERENCE = "reference", _("Keep reference data and rules")
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
    Role.PROVIDER: frozenset({Permission.DELIVER_CREDITS}),
    Role.REVIEWER: frozenset({Permission.BACK_OFFICE, Permission.SEE_RECORDS, Permission.REVIEW}),
    Role.AUDITOR: frozenset({Permission.BACK_OFFICE, Permission.SEE_RECORDS, Permission.AUDIT}),
    Role.REGISTRAR: frozenset(
        {Permission.BACK_OFFICE, Permission.SEE_RECORDS, Permission.REGISTER, Permission.REFERENCE}
    ),
    Role.ADMINISTRATOR: frozenset(
        {Permission.BACK_OFFICE, Permission.SEE_RECORDS, Permission.REFERENCE, Permission.ADMINISTER}
    ),
}


class AlertKind(TextChoices):
    CREDIT_POSTED = "credit_posted", _("Provider credit posted")
    CREDIT_MATCHED = "credit_matched", _("Recorded credit delivered by its provider")
    ALL_ALLOCATED = "all_allocated", _("All requirements allocated")
    NO_LONGER_COMPLETE = "no_longer_complete", _("No longer complete")
    SHARES_RELEASED = "shares_released", _("Allocation released")
    EVIDENCE_REFUSED = "evidence_refused", _("Document held back")
    DISPUTE_ANSWERED = "dispute_answered", _("Dispute answered")
    READY_TO_DECLARE = "ready_to_declare", _("Ready to declare")
    ONE_MONTH_LEFT = "one_month_left", _("One month left to submit")
    EXPIRES_SOON = "expires_soon", _("Expires soon")
    EXPIRED = "expired", _("Expired")
    DECLARATION_MOVED = "declaration_moved", _("Declaration")
    SECURITY = "security", _("Sign-in and security")
    REQUEST_ANSWERED = "request_answered", _("Request answered")
    RENEWED = "renewed", _("Renewed for three years")


class RunState(TextChoices):
    """What has become of a run of a job."""

    NEVER = "never", _("never ran")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    INTERRUPTED = "interrupted", _("interrupted")
