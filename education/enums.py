from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RowOutcome(TextChoices):
    REJECTED = "rejected", _("Rejected")
    UNMATCHED = "unmatched", _("Holder not found")


class ChangeKind(TextChoices):
    """Whether a change of an allocation was made by hand, took one back, or brought it back again."""

    MADE = "made", _("Made")
    UNDONE = "undone", _("Undone")
    REDONE = "redone", _("Done again")
