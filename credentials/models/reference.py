"""Reference data of the Board: subjects, kinds of activity, credential types."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cmp_portal.lib.formatting import points_text
from cmp_portal.lib.points import PointsField
from credentials.enums import Unit

code_field: dict[str, Any] = {"max_length": 40}


class Subject(models.Model):
    """The subject of an activity; areas accept subjects."""

    code = models.CharField(**code_field, unique=True)
    title = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.title


class ActivityKind(models.Model):
    """A kind of activity, such as a course, an article or committee work, and the evidence an audit asks for."""

    code = models.CharField(**code_field, unique=True)
    title = models.CharField(max_length=120)
    counts = models.BooleanField(default=True)
    evidence = models.TextField(blank=True)
    verified = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.title


class KindUnit(models.Model):
    """The points that one unit of a kind of activity is worth."""

    kind = models.ForeignKey(ActivityKind, on_delete=models.CASCADE, related_name="units")
    unit = models.CharField(max_length=16, choices=Unit)
    points_per_unit = PointsField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "unit"], name="kind_unit_once"),
            models.CheckConstraint(condition=Q(points_per_unit__gt=0), name="kind_unit_points_positive"),
            models.CheckConstraint(condition=Q(unit__in=Unit.values), name="kind_unit_is_known"),
        ]

    def __str__(self) -> str:
        return f"1 {self.get_unit_display()} = {points_text(self.points_per_unit)}"


class CredentialType(models.Model):
    """A credential the Board grants, with the settings of its cycles."""

    code = models.CharField(**code_field, unique=True)
    title = models.CharField(max_length=160)
    # Empty: mandatory for every holder, whenever certified.
    mandatory_from = models.DateField(_("maintenance is mandatory if certified on or after"), null=True, blank=True)
    window_by_month = models.BooleanField(default=True)
    declaration_opens_days = models.PositiveSmallIntegerField(default=90)
    advised_days = models.PositiveSmallIntegerField(default=30)
    cycle_years = models.PositiveSmallIntegerField(default=3)
    # Empty: the setting REEXAMINATION_AFTER_YEARS applies.
    reexamination_after_years = models.PositiveSmallIntegerField(
        _("years after which an expired credential needs re-examination"), null=True, blank=True
    )
    verified = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(cycle_years__gt=0), name="credential_type_cycle_has_years")]

    def __str__(self) -> str:
        return self.code
