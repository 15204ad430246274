"""Feeds as they were received, and the lines that could not be used as they came."""

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KeyTextTransform

from accounts.models import Holder, User
from cmp_portal.lib.uploads import random_key
from education.enums import RowCode, RowOutcome
from education.models.credits import Provider

FEEDS = "feeds"
# What may become of a line; feeds and their chunks count each.
OUTCOMES = ("accepted", "corrected", "duplicate", "rejected", "unmatched")


def feed_path(batch: "IntakeBatch", filename: str) -> str:
    return random_key(FEEDS, filename)


class IntakeBatch(models.Model):
    """One feed as it was received and what became of its lines: the receipt.

    Lines are processed in chunks, each with a receipt of its own, so that an interrupted run can resume.
    """

    # The identifier that its provider sees.
    uuid = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="batches")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # An uploaded file waits here for the worker; files read by the command and API requests are not stored.
    file = models.FileField(upload_to=feed_path, max_length=120, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # Why the feed could not be used at all.
    failure = models.CharField(max_length=300, blank=True)
    # The number of lines (NULL until they are read), and the minimum number of lines in a chunk.
    expected = models.PositiveBigIntegerField(null=True, blank=True)
    chunk_lines = models.PositiveIntegerField(default=0)
    lines = models.PositiveBigIntegerField(default=0)
    accepted = models.PositiveBigIntegerField(default=0)
    corrected = models.PositiveBigIntegerField(default=0)
    duplicate = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    unmatched = models.PositiveBigIntegerField(default=0)
    undo_asked_at = models.DateTimeField(null=True, blank=True)
    undo_asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "feed"
        constraints = [
            models.CheckConstraint(
                condition=Q(lines=F("accepted") + F("corrected") + F("duplicate") + F("rejected") + F("unmatched")),
                name="intake_batch_every_line_accounted_for",
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="intake_batch_digest_is_sha256"),
            # Feeds from before chunks had receipts may occur twice.
            models.UniqueConstraint(
                fields=["provider", "sha256"], condition=Q(chunk_lines__gt=0), name="intake_batch_once_per_feed"
            ),
            models.CheckConstraint(
                condition=Q(undo_asked_at=None, undo_asked_by=None)
                | Q(undo_asked_at__isnull=False, undo_asked_by__isnull=False),
                name="intake_batch_undo_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None) | Q(undone_at__gte=F("undo_asked_at")),
                name="intake_batch_undone_when_asked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=(Q(ended_at=None) & ~Q(file="")) | (Q(undone_at=None) & Q(undo_asked_at__isnull=False)),
                name="intake_batch_for_the_worker",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider.code}: {self.name}"


class IntakeChunk(models.Model):
    """The receipt of a chunk of a feed's lines: written together with their effects, or not at all."""

    batch = models.ForeignKey(IntakeBatch, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    taken_at = models.DateTimeField()
    accepted = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    unmatched = models.PositiveIntegerField(default=0)
    # The first letter of each line's outcome, in line order; only if one chunk holds the whole feed.
    outcomes = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="intake_chunk_once_per_number")]

    def __str__(self) -> str:
        return f"chunk {self.number}"


class IntakeRowQuerySet(models.QuerySet["IntakeRow"]):
    def waiting(self) -> "IntakeRowQuerySet":
        """Unmatched lines whose holder still has to be found; those of an undone feed wait no longer."""
        return self.filter(outcome=RowOutcome.UNMATCHED, resolved_at=None, batch__undo_asked_at=None)


class IntakeRow(models.Model):
    """A line that could not be used as it came: rejected, or waiting for its holder."""

    batch = models.ForeignKey(IntakeBatch, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=12, choices=RowOutcome)
    code = models.CharField(max_length=20, choices=RowCode, default=RowCode.UNREADABLE)
    reason = models.CharField(max_length=300)
    external_id = models.CharField(max_length=80, blank=True)
    record = models.JSONField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    # resolved_by is NULL if a later line found the holder; resolved_to is NULL if the Board dismissed the line.
    resolved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    resolved_to = models.ForeignKey(Holder, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    objects = IntakeRowQuerySet.as_manager()

    class Meta:
        verbose_name = "line of a feed"
        verbose_name_plural = "lines of feeds"
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="intake_row_once_per_line"),
            models.CheckConstraint(condition=Q(outcome__in=RowOutcome.values), name="intake_row_outcome_is_known"),
            models.CheckConstraint(condition=Q(code__in=RowCode.values), name="intake_row_code_is_known"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=False) | Q(resolved_by=None, resolved_to=None, note=""),
                name="intake_row_resolution_says_when",
            ),
            models.CheckConstraint(
                condition=Q(resolved_by=None) | Q(resolved_to__isnull=False) | ~Q(note=""),
                name="intake_row_dismissal_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(outcome=RowOutcome.UNMATCHED, resolved_at=None), name="intake_row_waiting"
            ),
            models.Index(
                fields=["external_id"], condition=Q(outcome=RowOutcome.UNMATCHED), name="intake_row_unmatched"
            ),
            # Finds the Board's earlier decisions about a provider's customer numbers.
            models.Index(
                KeyTextTransform("customer_number", "record"),
                condition=Q(resolved_by__isnull=False, resolved_to__isnull=False),
                name="intake_row_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
