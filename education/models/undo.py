"""The last change of each cycle's allocation, kept so that it can be undone."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Holder
from credentials.models import Cycle
from education.enums import ChangeKind


class AllocationUndo(models.Model):
    """A cycle's allocation before its last change, and the digest of the allocation after it."""

    cycle = models.OneToOneField(Cycle, on_delete=models.CASCADE, primary_key=True, related_name="undo")
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=ChangeKind, default=ChangeKind.MADE)
    what = models.CharField(max_length=300)
    # [credit, area code, hundredths of points] per share; unlike ids, codes survive a new requirement set.
    shares = models.JSONField()
    result = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ChangeKind.values), name="allocation_undo_kind_is_known"),
            models.CheckConstraint(condition=~Q(what=""), name="allocation_undo_says_what"),
            models.CheckConstraint(
                condition=Q(result__regex=r"^[0-9a-f]{64}$"), name="allocation_undo_digest_is_sha256"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"
