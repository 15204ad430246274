"""A credential's requirements: dated versions, each with its areas and rules."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from cmp_portal.lib.history import never_truncated, track_history
from cmp_portal.lib.points import PointsField
from credentials.enums import Per
from credentials.models.reference import CredentialType, code_field


class ClockTimestamp(Func):
    """Wall-clock time, whereas now() is the start of the transaction."""

    function = "CLOCK_TIMESTAMP"
    output_field = models.DateTimeField()


# Values of a set may be cached while `changed_at` stays the same: no two contents ever share a timestamp.
STAMP = """
    UPDATE credentials_requirementset SET changed_at = clock_timestamp()
     WHERE id IN (SELECT r.requirement_set_id FROM changed r);
    RETURN NULL;
"""


def stamps() -> list[pgtrigger.Trigger]:
    """Triggers that update their set's `changed_at` whenever areas or rules change, however that happens."""
    operations = {"insert": pgtrigger.Insert, "update": pgtrigger.Update, "delete": pgtrigger.Delete}
    return [
        pgtrigger.Trigger(
            name=f"stamps_its_set_{name}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=pgtrigger.Referencing(**{"old" if name == "delete" else "new": "changed"}),
            func=STAMP,
        )
        for name, operation in operations.items()
    ]


def refuse_when_frozen(requirement_set: str) -> str:
    """SQL for a trigger body that rejects any change to parts of a frozen requirement set."""
    return f"""
        PERFORM 1 FROM credentials_requirementset s WHERE s.id = {requirement_set} FOR SHARE;
        IF EXISTS (SELECT 1 FROM credentials_requirementset s
                    WHERE s.id = {requirement_set} AND s.frozen_at IS NOT NULL) THEN
            RAISE EXCEPTION 'requirement set % is frozen: publish a new version', {requirement_set}
                USING ERRCODE = 'check_violation';
        END IF;
    """  # noqa: S608 (a column name, never input)


def frozen_guard() -> pgtrigger.Trigger:
    """Trigger that rejects adding, changing or removing areas and rules of a frozen set."""
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


@track_history(exclude=["changed_at"])
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
    changed_at = models.DateTimeField(db_default=ClockTimestamp(), editable=False)

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
            pgtrigger.Trigger(
                name="is_stamped",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="NEW.changed_at := clock_timestamp(); RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credential_type} version {self.version}"


@track_history()
class Area(models.Model):
    """A category of required points; points are allocated to areas."""

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
        triggers = [frozen_guard(), pgtrigger.ReadOnly(name="keeps_its_set", fields=["requirement_set"]), *stamps()]

    def __str__(self) -> str:
        return self.title


@track_history()
class Rule(models.Model):
    """A limit on the sum of allocations; an empty filter matches all."""

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
            *stamps(),
            never_truncated(),
        ]

    def __str__(self) -> str:
        return self.title
