"""Allocations of credits to areas, and the derived status of each cycle."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Holder
from cmp_portal.lib.history import track_history
from cmp_portal.lib.points import PointsField
from credentials.models import Area, Cycle
from education.guards import allocation_guards, cycle_guards
from education.models.credits import Credit


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
    """A proxy of Cycle that carries the triggers protecting allocated shares from changes to their cycle."""

    class Meta:
        proxy = True
        triggers = cycle_guards()


class CycleStatus(models.Model):
    """The derived status of a cycle, for lists, filters and batch jobs; no page shows it."""

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
        indexes = [
            models.Index(
                fields=["cycle"],
                include=["times_completed"],
                condition=Q(is_complete=True),
                name="cycle_status_complete",
            )
        ]

    def __str__(self) -> str:
        return f"{self.counted} counted, {self.missing} missing"
