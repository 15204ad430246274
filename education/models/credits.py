"""Completed activities, and the providers that deliver them."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Holder
from cmp_portal.lib.formatting import points_text
from cmp_portal.lib.history import track_history
from cmp_portal.lib.points import PointsField
from credentials.enums import Unit
from credentials.models import ActivityKind
from education.guards import credit_guards


class Provider(models.Model):
    """An organization that delivers completed credits."""

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=160)
    approved_from = models.DateField(null=True, blank=True)
    approved_until = models.DateField(null=True, blank=True)
    contact_name = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)

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
        """Credits that have not been withdrawn."""
        return self.filter(withdrawn_at=None)


@track_history()
class Credit(models.Model):
    """One completed activity; the same credit may serve several credentials."""

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
    # The feed that last changed it; NULL if the last change came from elsewhere.
    batch = models.ForeignKey(
        "education.IntakeBatch", on_delete=models.PROTECT, null=True, blank=True, related_name="credits", db_index=False
    )
    # The provider's timestamp of these values, and when the Board decided about them: anything older is ignored.
    provider_updated_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

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
        indexes = [
            models.Index(fields=["holder", "-completed_on", "-id"], name="credit_newest_first"),
            models.Index(
                fields=["holder", "completed_on"],
                condition=Q(provider=None, withdrawn_at=None),
                name="credit_self_recorded",
            ),
            models.Index(fields=["batch", "id"], condition=Q(batch__isnull=False), name="credit_of_batch"),
        ]
        triggers = credit_guards()

    def __str__(self) -> str:
        return f"{self.title} ({points_text(self.points)})"

    @property
    def is_self_recorded(self) -> bool:
        return self.provider_id is None
