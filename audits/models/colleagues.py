from django.db import models

from accounts.models import Holder, User
from cmp_portal.lib.history import never_truncated, track_history


@track_history()
class Colleague(models.Model):
    """Marks a holder as a colleague of an auditor, who therefore never audits them."""

    auditor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="colleagues", db_index=False)
    # Not called `holder`: it is a fact about the auditor, and no page of the holder shows it.
    colleague = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["auditor", "colleague"], name="colleague_once_per_auditor")]
        triggers = [never_truncated()]

    def __str__(self) -> str:
        return f"{self.colleague}, colleague of {self.auditor}"
