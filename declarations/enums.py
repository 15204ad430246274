from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# Names of the payment gateways; also stored with each payment.
OFFLINE, STRIPE = "offline", "stripe"


class State(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    UNDER_AUDIT = "under_audit", _("Under audit")
    RETURNED = "returned", _("Returned")
    ELIGIBLE = "eligible", _("Eligible")
    DENIED = "denied", _("Denied")
    APPEALED = "appealed", _("Appealed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    RENEWED = "renewed", _("Renewed")


class Stage(TextChoices):
    """Progress in a cycle before anything is declared; after that, the declaration's state is shown."""

    READY = "ready", _("Ready to declare")
    OPEN = "open", _("Declaration open")
    ON_TRACK = "on_track", _("On track")


class Move(TextChoices):
    SUBMIT = "submit", _("Submitted")
    AUDIT = "audit", _("Selected for audit")
    RETURN = "return", _("Returned")
    APPROVE = "approve", _("Approved")
    DENY = "deny", _("Denied")
    APPEAL = "appeal", _("Appealed")
    UPHOLD = "uphold", _("Denial upheld")
    OVERTURN = "overturn", _("Denial overturned")
    WITHDRAW = "withdraw", _("Withdrawn")
    RENEW = "renew", _("Renewed")
    AMEND = "amend", _("Amended")


class Grounds(TextChoices):
    ILLNESS = "illness", _("Incapacitating illness over one year")
    MILITARY = "military", _("Military assignment overseas")
    OTHER = "other", _("Other")


class Ruled(TextChoices):
    """A reviewer's ruling on a declared credit."""

    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Not accepted")
    MOVED = "moved", _("Moved to another area")


class Flag(TextChoices):
    """What a reviewer should look at; only declarations without flags can be approved in bulk."""

    LATE = "late", _("Late")
    REINSTATEMENT = "reinstatement", _("Reinstatement")
    UNVERIFIED = "unverified", _("Rules not verified")
    EVIDENCE = "evidence", _("Evidence missing")
    UNUSUAL = "unusual", _("Unusual credits")
    CHANGED = "changed", _("Changed since declared")
    RETURNED = "returned", _("Returned before")
    UNPAID = "unpaid", _("Fee not paid")


class Paper(TextChoices):
    """Papers that prove a renewal."""

    LETTER = "letter", _("Renewal letter")
    CERTIFICATE = "certificate", _("Certificate")


class Shown(TextChoices):
    """What a share link shows besides validity and dates."""

    NAME = "name", _("Your name and certificate number")
    CYCLES = "cycles", _("All cycles so far, with their dates")
    POINTS = "points", _("The points of the latest cycle, by area")


class FeeKind(TextChoices):
    APPLICATION = "application", _("Application fee")
    REINSTATEMENT = "reinstatement", _("Reinstatement fee")


class FeeState(TextChoices):
    DUE = "due", _("Due")
    PAID = "paid", _("Paid")
    DROPPED = "dropped", _("Dropped")
    REFUNDED = "refunded", _("Refunded")


class FeeMove(TextChoices):
    PAY = "pay", _("Paid")
    DROP = "drop", _("Dropped with the declaration")
    REFUND = "refund", _("Refunded in full")
    COME_BACK = "come_back", _("A refund came back")


class RefundState(TextChoices):
    """A refund is recorded as promised before it is requested from the gateway, so that none is lost in a crash.

    One that is done may still come back, if the holder's bank could not accept it.
    """

    PROMISED = "promised", _("On its way")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused by the payment service")


class EventOutcome(TextChoices):
    """The outcome of a webhook event from a payment service."""

    APPLIED = "applied", _("Applied")
    IGNORED = "ignored", _("Nothing to do")
    UNKNOWN = "unknown", _("A payment from someone unknown")
    LATER = "later", _("Left for the next sweep")
