from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RowOutcome(TextChoices):
    REJECTED = "rejected", _("Rejected")
    UNMATCHED = "unmatched", _("Holder not found")


class FileCondition(TextChoices):
    """What the worker found in an uploaded file."""

    WAITING = "waiting", _("Being checked")
    FINE = "fine", _("Checked")
    UNREADABLE = "unreadable", _("Can't be opened")
    INFECTED = "infected", _("Held back: harmful content")


class DisputeState(TextChoices):
    """What became of a holder's doubt about a provider's credit."""

    OPEN = "open", _("With the Board")
    UPHELD = "upheld", _("Upheld")
    DECLINED = "declined", _("Declined")


class Outcome(TextChoices):
    """What the Board may answer, and what it does to the credit."""

    DECLINED = "declined", _("Decline: the credit is right as it is")
    UPHELD = "upheld", _("Uphold: the provider is asked to correct it; nothing changes now")
    CORRECTED = "corrected", _("Uphold and correct it as written below")
    NOT_THEIRS = "not-theirs", _("Uphold and withdraw it: it is not this holder's")
