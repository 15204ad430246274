"""Credentials, and the cycles in which they are maintained."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import Holder
from cmp_portal.lib.history import track_history
from credentials.enums import Hold
from credentials.models.reference import CredentialType
from credentials.models.requirements import RequirementSet
from credentials.rules.holds import hold_transitions


@track_history()
class Credential(models.Model):
    """A credential granted to a holder; without a cycle it is valid for life."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="credentials")
    credential_type = models.ForeignKey(CredentialType, on_delete=models.PROTECT, related_name="credentials")
    certificate_number = models.CharField(max_length=32)
    certified_on = models.DateField()
    # Later ends are computed from this end, so that 29 February does not drift.
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
            ),
            pgtrigger.FSM(name="holds", field="hold", transitions=hold_transitions()),
        ]

    def __str__(self) -> str:
        return f"{self.credential_type} {self.certificate_number}"


class Days(Func):
    """The dates of a cycle as a range, both ends inclusive."""

    function = "DATERANGE"
    output_field = DateRangeField()


@track_history()
class Cycle(models.Model):
    """A period, usually three years, in which a credential is maintained."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="cycles")
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="cycles")
    requirement_set = models.ForeignKey(RequirementSet, on_delete=models.PROTECT, related_name="cycles")
    starts_on = models.DateField()
    ends_on = models.DateField()
    # The Board's date of the live declaration's first receipt; what was declared is judged as of this date for good.
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
