import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models import Holder, User
from audits.enums import AuditState, Verdict
from audits.models.rounds import Round
from cmp_portal.lib.history import never_truncated, track_history
from declarations.models import Declaration, DeclaredCredit


def belongs_together(rows: str, message: str) -> pgtrigger.Trigger:
    """Refuses a row for which there is none in `rows`."""
    return pgtrigger.Trigger(
        name="belongs_together",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"""
            IF NOT EXISTS (SELECT 1 FROM {rows}) THEN
                RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 (constants only)
    )


@track_history()
class Audit(models.Model):
    """The check of one declaration's documents."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="audits")
    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, related_name="audit")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, blank=True, related_name="audits")
    state = models.CharField(max_length=12, choices=AuditState, default=AuditState.SELECTED)
    selected_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    auditor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="audits")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=AuditState.values), name="audit_state_is_known"),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="audit_decision_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[AuditState.PASSED, AuditState.FAILED]) | Q(decided_at__isnull=False),
                name="audit_outcome_was_decided",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on", "id"], name="audit_queue")]
        triggers = [
            belongs_together(
                "declarations_declaration d WHERE d.id = NEW.declaration_id AND d.holder_id = NEW.holder_id",
                "audit and declaration have different holders",
            )
        ]

    def __str__(self) -> str:
        return f"audit of {self.declaration}"


@track_history()
class Finding(models.Model):
    """What the auditor found about one declared credit."""

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="findings")
    declared_credit = models.ForeignKey(DeclaredCredit, on_delete=models.PROTECT, related_name="findings")
    verdict = models.CharField(max_length=12, choices=Verdict)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["audit", "declared_credit"], name="finding_once_per_credit"),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.VERIFIED) | ~Q(reason=""), name="finding_refusal_has_reason"
            ),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="finding_verdict_is_known"),
        ]
        triggers = [
            belongs_together(
                """audits_audit a JOIN declarations_declaredcredit c ON c.declaration_id = a.declaration_id
                     WHERE a.id = NEW.audit_id AND c.id = NEW.declared_credit_id""",
                "a finding is about a credit of the audited declaration",
            ),
            never_truncated(),
        ]

    def __str__(self) -> str:
        return f"{self.declared_credit}: {self.verdict}"
