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
