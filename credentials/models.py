from datetime import date
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Holder
from cmp_portal.lib.history import never_truncated, track_history
from cmp_portal.lib.points import PointsField
from credentials.enums import Hold, Per, Unit

code_field: dict[str, Any] = {"max_length": 40}


class Subject(models.Model):
    """What an activity is about; areas accept subjects."""

    code = models.CharField(**code_field, unique=True)
    title = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.title


class ActivityKind(models.Model):
    """What an activity is: a course, an article, a committee; and what an audit asks for."""

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
    """How many points one unit of a kind of activity is worth."""

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
        return f"1 {self.get_unit_display()} = {self.points_per_unit}"


class CredentialType(models.Model):
    """A credential the Board grants, with the settings of its cycles."""

    code = models.CharField(**code_field, unique=True)
    title = models.CharField(max_length=160)
    # Empty: mandatory for every holder, whenever certified.
    mandatory_from = models.DateField(_("maintenance is mandatory when certified from"), null=True, blank=True)
    window_by_month = models.BooleanField(default=True)
    declaration_opens_days = models.PositiveSmallIntegerField(default=90)
    advised_days = models.PositiveSmallIntegerField(default=30)
    cycle_years = models.PositiveSmallIntegerField(default=3)
    verified = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(cycle_years__gt=0), name="credential_type_cycle_has_years")]

    def __str__(self) -> str:
        return self.code


def refuse_when_frozen(requirement_set: str) -> str:
    """SQL of a trigger body that refuses any change below a frozen requirement set."""
    return f"""
        PERFORM 1 FROM credentials_requirementset s WHERE s.id = {requirement_set} FOR SHARE;
        IF EXISTS (SELECT 1 FROM credentials_requirementset s
                    WHERE s.id = {requirement_set} AND s.frozen_at IS NOT NULL) THEN
            RAISE EXCEPTION 'requirement set % is frozen: publish a new version', {requirement_set}
                USING ERRCODE = 'check_violation';
        END IF;
    """  # noqa: S608 (a column name, never input)


def frozen_guard() -> pgtrigger.Trigger:
    """Areas and rules of a frozen set can't be added, changed or removed."""
    return pgtrigger.Trigger(
        name="set_is_frozen",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("set_id", "BIGINT")],
        func=f"""
            IF TG_OP = 'INSERT' THEN set_id := NEW.requirement_set_id;
            ELSE set_id := OLD.requirement_set_id; END IF;
            {refuse_when_frozen("set_id")}
            IF TG_OP = 'UPDATE' THEN {refuse_when_frozen("NEW.requirement_set_id")} END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


@track_history()
class RequirementSet(models.Model):
    """One dated version of a credential's requirements; frozen once something was declared under it."""

    credential_type = models.ForeignKey(CredentialType, on_delete=models.PROTECT, related_name="requirement_sets")
    version = models.CharField(max_length=16)
    title = models.CharField(max_length=160)
    applies_from = models.DateField(_("for cycles ending on or after"), null=True, blank=True)
    total = PointsField()
    step = PointsField()
    verified = models.BooleanField(default=False)
    source = models.CharField(max_length=300, blank=True)
    note = models.TextField(blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credential_type", "version"], name="requirement_set_version_once"),
            models.UniqueConstraint(
                fields=["credential_type", "applies_from"],
                name="requirement_set_one_per_day",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(total__gt=0), name="requirement_set_total_positive"),
            models.CheckConstraint(condition=Q(step__gt=0), name="requirement_set_step_positive"),
            models.CheckConstraint(
                condition=Q(total=F("total") / F("step") * F("step")), name="requirement_set_total_in_whole_steps"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__frozen_at__isnull=False),
                func="""
                    RAISE EXCEPTION 'requirement set % is frozen: publish a new version', OLD.id
                        USING ERRCODE = 'check_violation';
                """,
            ),
            pgtrigger.ReadOnly(name="keeps_its_type", fields=["credential_type"]),
        ]

    def __str__(self) -> str:
        return f"{self.credential_type} version {self.version}"


@track_history()
class Area(models.Model):
    """A requirement points are allocated to."""

    requirement_set = models.ForeignKey(RequirementSet, on_delete=models.CASCADE, related_name="areas")
    code = models.CharField(**code_field)
    title = models.CharField(max_length=160)
    minimum = PointsField(default=0)
    maximum = PointsField(null=True, blank=True)
    accepts = ArrayField(models.CharField(**code_field))
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["requirement_set", "code"], name="area_code_once_per_set"),
            models.CheckConstraint(condition=Q(minimum__gte=0), name="area_minimum_not_negative"),
            models.CheckConstraint(condition=Q(accepts__len__gt=0), name="area_accepts_something"),
            models.CheckConstraint(
                condition=Q(maximum__isnull=True) | Q(maximum__gte=F("minimum")), name="area_maximum_not_below_minimum"
            ),
        ]
        triggers = [frozen_guard(), pgtrigger.ReadOnly(name="keeps_its_set", fields=["requirement_set"])]

    def __str__(self) -> str:
        return self.title


@track_history()
class Rule(models.Model):
    """A limit over allocations; empty filters mean all."""

    requirement_set = models.ForeignKey(RequirementSet, on_delete=models.CASCADE, related_name="rules")
    code = models.CharField(**code_field)
    title = models.CharField(max_length=200)
    kinds = ArrayField(models.CharField(**code_field), default=list, blank=True)
    subjects = ArrayField(models.CharField(**code_field), default=list, blank=True)
    providers = ArrayField(models.CharField(**code_field), default=list, blank=True)
    areas = ArrayField(models.CharField(**code_field), default=list, blank=True)
    minimum = PointsField(null=True, blank=True)
    maximum = PointsField(null=True, blank=True)
    per = models.CharField(max_length=8, choices=Per, default=Per.CYCLE)
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["requirement_set", "code"], name="rule_code_once_per_set"),
            models.CheckConstraint(
                condition=Q(minimum__isnull=False) | Q(maximum__isnull=False), name="rule_limits_something"
            ),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True) | Q(maximum__isnull=True) | Q(maximum__gte=F("minimum")),
                name="rule_maximum_not_below_minimum",
            ),
            models.CheckConstraint(
                condition=(Q(minimum__isnull=True) | Q(minimum__gte=0)) & (Q(maximum__isnull=True) | Q(maximum__gte=0)),
                name="rule_limits_not_negative",
            ),
            models.CheckConstraint(condition=Q(per__in=Per.values), name="rule_per_is_known"),
            models.CheckConstraint(
                condition=~Q(per=Per.ITEM) | Q(minimum__isnull=True), name="rule_per_item_has_no_minimum"
            ),
        ]
        triggers = [
            frozen_guard(),
            pgtrigger.ReadOnly(name="keeps_its_set", fields=["requirement_set"]),
            never_truncated(),
        ]

    def __str__(self) -> str:
        return self.title


@track_history()
class Credential(models.Model):
    """A credential a holder was granted; without a cycle it is for life."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="credentials")
    credential_type = models.ForeignKey(CredentialType, on_delete=models.PROTECT, related_name="credentials")
    certificate_number = models.CharField(max_length=32)
    certified_on = models.DateField()
    # Later ends are counted from this end, so that 29 February does not drift.
    anchor_on = models.DateField(null=True, blank=True, editable=False)
    hold = models.CharField(max_length=12, choices=Hold, default=Hold.NONE)
    hold_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True)
    hold_at = models.DateTimeField(null=True, blank=True)
    hold_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credential_type", "certificate_number"], name="certificate_number_once"),
            models.CheckConstraint(condition=~Q(certificate_number=""), name="credential_has_certificate_number"),
            models.CheckConstraint(condition=Q(hold__in=Hold.values), name="credential_hold_is_known"),
            models.CheckConstraint(
                condition=Q(hold=Hold.NONE, hold_at__isnull=True, hold_by__isnull=True, hold_reason="")
                | (~Q(hold=Hold.NONE) & Q(hold_at__isnull=False, hold_by__isnull=False) & ~Q(hold_reason="")),
                name="credential_hold_says_who_when_why",
            ),
        ]
        indexes = [models.Index(fields=["holder", "id"], name="credential_of_holder")]
        triggers = [
            pgtrigger.Trigger(
                name="cycles_follow",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                operation=pgtrigger.UpdateOf("holder_id", "credential_type_id"),
                func="""
                    IF EXISTS (SELECT 1 FROM credentials_credential c
                                 JOIN credentials_cycle y ON y.credential_id = c.id
                                 JOIN credentials_requirementset s ON s.id = y.requirement_set_id
                                WHERE c.id = NEW.id AND (y.holder_id <> c.holder_id
                                                         OR s.credential_type_id <> c.credential_type_id)) THEN
                        RAISE EXCEPTION 'cycle, credential and requirement set do not belong together'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.credential_type} {self.certificate_number}"


class Days(Func):
    """The days of a cycle as a range, both ends inclusive."""

    function = "DATERANGE"
    output_field = DateRangeField()


@track_history()
class Cycle(models.Model):
    """Three years in which a credential is maintained."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="cycles")
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="cycles")
    requirement_set = models.ForeignKey(RequirementSet, on_delete=models.PROTECT, related_name="cycles")
    starts_on = models.DateField()
    ends_on = models.DateField()
    # The Board's day of the live declaration's first receipt: what was declared is judged by it for good.
    declared_on = models.DateField(null=True, blank=True, editable=False)
    shares_frozen_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="cycle_ends_after_start"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(shares_frozen_at__isnull=False),
                name="cycle_closed_has_frozen_shares",
            ),
            models.CheckConstraint(
                condition=Q(shares_frozen_at__isnull=True) | Q(declared_on__isnull=False) | Q(closed_at__isnull=False),
                name="cycle_frozen_was_declared_or_closed",
            ),
            ExclusionConstraint(
                name="cycle_days_never_overlap",
                expressions=[
                    ("credential", RangeOperators.EQUAL),
                    (
                        Days("starts_on", "ends_on", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.UniqueConstraint(
                fields=["credential"], condition=Q(closed_at__isnull=True), name="cycle_one_open_per_credential"
            ),
        ]
        indexes = [
            models.Index(fields=["ends_on"], condition=Q(closed_at__isnull=True), name="cycle_open_by_end"),
            models.Index(fields=["holder", "-ends_on"], name="cycle_of_holder"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="belongs_together",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("holder_id", "credential_id", "requirement_set_id"),
                func="""
                    IF NOT EXISTS (SELECT 1 FROM credentials_credential c
                                     JOIN credentials_requirementset s ON s.credential_type_id = c.credential_type_id
                                    WHERE c.id = NEW.credential_id AND c.holder_id = NEW.holder_id
                                      AND s.id = NEW.requirement_set_id) THEN
                        RAISE EXCEPTION 'cycle, credential and requirement set do not belong together'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.ReadOnly(name="keeps_its_credential", fields=["credential"]),
            pgtrigger.Trigger(
                name="keeps_its_days",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.ends_on > OLD.ends_on THEN
                        RAISE EXCEPTION 'a cycle may be shortened, never lengthened' USING ERRCODE = 'check_violation';
                    END IF;
                    IF OLD.shares_frozen_at IS NOT NULL
                       AND (NEW.starts_on, NEW.ends_on, NEW.requirement_set_id)
                           IS DISTINCT FROM (OLD.starts_on, OLD.ends_on, OLD.requirement_set_id) THEN
                        RAISE EXCEPTION 'a declared cycle keeps its days and its requirement set'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF OLD.closed_at IS NOT NULL
                       AND (NEW.closed_at, NEW.shares_frozen_at, NEW.declared_on)
                           IS DISTINCT FROM (OLD.closed_at, OLD.shares_frozen_at, OLD.declared_on) THEN
                        RAISE EXCEPTION 'a closed cycle stays closed' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="is_kept", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__closed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credential} {self.starts_on} to {self.ends_on}"

    @property
    def days(self) -> tuple[date, date]:
        return self.starts_on, self.ends_on
