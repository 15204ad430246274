import secrets
from pathlib import PurePath
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Holder, User
from cmp_portal.lib.history import track_history
from cmp_portal.lib.points import PointsField
from credentials.enums import Unit
from credentials.models import ActivityKind, Area, Cycle
from education.enums import RowOutcome
from education.guards import allocation_guards, credit_guards, cycle_guards, evidence_guards


class Provider(models.Model):
    """An organisation that delivers completed credits."""

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=160)
    approved_from = models.DateField(null=True, blank=True)
    approved_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_from__isnull=True)
                | Q(approved_until__isnull=True)
                | Q(approved_until__gte=F("approved_from")),
                name="provider_approval_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.title


class CreditQuerySet(models.QuerySet["Credit"]):
    def standing(self) -> "CreditQuerySet":
        """Credits nobody has withdrawn."""
        return self.filter(withdrawn_at=None)


@track_history()
class Credit(models.Model):
    """One completed activity; the same record may serve several credentials."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="credits")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="credits")
    provider_name = models.CharField(max_length=160, blank=True)
    external_id = models.CharField(max_length=80, null=True, blank=True)  # noqa: DJ001 (NULL: not from a provider)
    title = models.CharField(max_length=300)
    kind = models.ForeignKey(ActivityKind, on_delete=models.PROTECT, related_name="credits")
    subjects = ArrayField(models.CharField(max_length=40))
    completed_on = models.DateField()
    unit = models.CharField(max_length=16, choices=Unit, default=Unit.POINTS)
    quantity = models.DecimalField(max_digits=8, decimal_places=2)
    points = PointsField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    # When its provider (or, for a self-recorded one, its holder) last changed it.
    corrected_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = CreditQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "external_id"], name="credit_delivered_once"),
            models.CheckConstraint(condition=Q(points__gt=0), name="credit_points_positive"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="credit_quantity_positive"),
            models.CheckConstraint(condition=Q(unit__in=Unit.values), name="credit_unit_is_known"),
            models.CheckConstraint(condition=~Q(title=""), name="credit_has_title"),
            models.CheckConstraint(condition=Q(subjects__len__gt=0), name="credit_has_subject"),
            models.CheckConstraint(
                condition=Q(provider__isnull=False, external_id__isnull=False, provider_name="")
                | (Q(provider__isnull=True, external_id__isnull=True) & ~Q(provider_name="")),
                name="credit_from_provider_or_self_recorded",
            ),
            models.CheckConstraint(condition=Q(completed_on__gte="1900-01-01"), name="credit_completed_in_our_time"),
        ]
        indexes = [models.Index(fields=["holder", "-completed_on", "-id"], name="credit_newest_first")]
        triggers = credit_guards()

    def __str__(self) -> str:
        return f"{self.title} ({self.points})"

    @property
    def is_self_recorded(self) -> bool:
        return self.provider_id is None


def evidence_path(evidence: "Evidence", filename: str) -> str:
    """A random key: neither holder nor file can be guessed from it."""
    return f"evidence/{secrets.token_hex(2)}/{secrets.token_urlsafe(24)}{PurePath(filename).suffix.lower()[:8]}"


@track_history()
class Evidence(models.Model):
    """A document that proves a credit, kept in private storage."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="evidence")
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="evidence")
    file = models.FileField(upload_to=evidence_path, max_length=120)
    name = models.CharField(max_length=160)
    media_type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="evidence_digest_is_sha256"),
            models.CheckConstraint(condition=Q(size__gt=0), name="evidence_not_empty"),
        ]
        indexes = [models.Index(fields=["credit", "id"], name="evidence_of_credit")]
        triggers = evidence_guards()

    def __str__(self) -> str:
        return self.name


@track_history()
class Allocation(models.Model):
    """A share of a credit that counts in one area of a cycle."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="allocations")
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="allocations", db_index=False)
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="allocations")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="allocations")
    points = PointsField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "credit", "area"], name="allocation_once_per_area"),
            models.CheckConstraint(condition=Q(points__gt=0), name="allocation_points_positive"),
        ]
        indexes = [models.Index(fields=["cycle", "area"], include=["points"], name="allocation_sums")]
        triggers = allocation_guards()

    def __str__(self) -> str:
        return f"{self.points} of {self.credit} in {self.area}"


class CycleOfShares(Cycle):
    """The same cycle, seen from its shares: what it may not change under them."""

    class Meta:
        proxy = True
        triggers = cycle_guards()


class CycleStatus(models.Model):
    """The derived standing of a cycle, for lists, filters and sweeps; no page shows it."""

    cycle = models.OneToOneField(Cycle, on_delete=models.CASCADE, primary_key=True, related_name="status")
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    counted = PointsField()
    missing = PointsField()
    is_complete = models.BooleanField()
    times_completed = models.PositiveIntegerField(default=0)
    version = models.BigIntegerField(default=1)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_complete=True, missing=0) | Q(is_complete=False, missing__gt=0),
                name="cycle_status_complete_means_nothing_missing",
            ),
            models.CheckConstraint(condition=Q(counted__gte=0), name="cycle_status_counted_not_negative"),
        ]
        indexes = [models.Index(fields=["cycle"], condition=Q(is_complete=True), name="cycle_status_complete")]

    def __str__(self) -> str:
        return f"{self.counted} counted, {self.missing} missing"


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
