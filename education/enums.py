from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RowOutcome(TextChoices):
    REJECTED = "rejected", _("Rejected")
    UNMATCHED = "unmatched", _("Holder not found")
