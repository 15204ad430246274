"""Documents that prove credits or came with a letter to the Board, kept in private storage."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models import Holder
from cmp_portal.lib.history import track_history
from cmp_portal.lib.uploads import FileCondition, random_key
from education.guards import evidence_guards
from education.models.credits import Credit

FOLDER = "evidence"


def evidence_path(evidence: "Evidence", filename: str) -> str:
    return random_key(FOLDER, filename)


@track_history()
class Evidence(models.Model):
    """A document that proves a credit, or (without one) came with a letter, is linked by that app, and stays."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="evidence")
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence")
    file = models.FileField(upload_to=evidence_path, max_length=120)
    name = models.CharField(max_length=160)
    media_type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    # The result of the worker's check, which never runs in a web process.
    condition = models.CharField(max_length=12, choices=FileCondition, default=FileCondition.WAITING)
    checked_at = models.DateTimeField(null=True, blank=True)
    # A re-encoded picture, safe to view in the browser. The file itself is kept byte for byte.
    preview = models.FileField(upload_to=evidence_path, max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="evidence_digest_is_sha256"),
            models.CheckConstraint(condition=Q(size__gt=0), name="evidence_not_empty"),
            models.CheckConstraint(condition=Q(condition__in=FileCondition.values), name="evidence_condition_is_known"),
            models.CheckConstraint(
                condition=Q(condition=FileCondition.WAITING, checked_at=None)
                | (~Q(condition=FileCondition.WAITING) & Q(checked_at__isnull=False)),
                name="evidence_condition_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["credit", "id"], name="evidence_of_credit"),
            models.Index(fields=["holder"], include=["size"], name="evidence_quota"),
            models.Index(fields=["id"], condition=Q(condition=FileCondition.WAITING), name="evidence_to_check"),
        ]
        triggers = evidence_guards()

    def __str__(self) -> str:
        return self.name
