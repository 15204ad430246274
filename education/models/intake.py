"""Feeds as they came in, and the lines that could not be used as they came."""

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from education.enums import RowOutcome
from education.models.credits import Provider


class IntakeBatch(models.Model):
    """One feed as it came in, and what became of its lines."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="batches")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    lines = models.PositiveBigIntegerField(default=0)
    accepted = models.PositiveBigIntegerField(default=0)
    corrected = models.PositiveBigIntegerField(default=0)
    duplicate = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    unmatched = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "intake batches"
        constraints = [
            models.CheckConstraint(
                condition=Q(lines=F("accepted") + F("corrected") + F("duplicate") + F("rejected") + F("unmatched")),
                name="intake_batch_every_line_accounted_for",
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="intake_batch_digest_is_sha256"),
        ]

    def __str__(self) -> str:
        return f"{self.provider.code}: {self.name}"


class IntakeRow(models.Model):
    """A line that could not be used as it came: rejected, or waiting for its holder."""

    batch = models.ForeignKey(IntakeBatch, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=12, choices=RowOutcome)
    reason = models.CharField(max_length=300)
    external_id = models.CharField(max_length=80, blank=True)
    record = models.JSONField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="intake_row_once_per_line"),
            models.CheckConstraint(condition=Q(outcome__in=RowOutcome.values), name="intake_row_outcome_is_known"),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
