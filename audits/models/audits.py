from datetime import date
from functools import reduce
from operator import or_

import pgtrigger
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import Holder, User
from audits.enums import AuditMove, AuditState, Verdict
from audits.guards import answer_guards, audit_guards, declaration_guards, finding_guards
from audits.models.rounds import Round
from audits.rules.moves import MOVES, OPEN
from cmp_portal.lib.history import track_history
from declarations.models import Declaration, DeclaredCredit
from education.models import Credit

# Sorts audits without a due date last in the queue.
NEVER_DUE = date(9999, 12, 31)


def a_legal_move() -> Q:
    """A condition that a step's move and its two states are in the table of moves."""
    return reduce(
        or_,
        (
            Q(move=move, from_state__in=sorted(befores), to_state=after or F("from_state"))
            for move, (befores, after) in MOVES.items()
        ),
    )


@track_history()
class Audit(models.Model):
    """The audit of one declaration."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="audits")
    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, related_name="audit")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, blank=True, related_name="audits")
    state = models.CharField(max_length=12, choices=AuditState, default=AuditState.SELECTED)
    selected_at = models.DateTimeField()
    # When the next action of the holder or the Board is due, if the Board has set a period.
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
        indexes = [
            models.Index(fields=["state", "due_on", "id"], name="audit_queue"),
            models.Index(
                Coalesce("due_on", Value(NEVER_DUE)),
                "id",
                condition=Q(state__in=sorted(OPEN)),
                name="audit_open_by_due_day",
            ),
        ]
        triggers = audit_guards()

    def __str__(self) -> str:
        return f"audit of {self.declaration}"

    def get_absolute_url(self) -> str:
        return reverse("audits:detail", args=[self.declaration.uuid])


class AuditedDeclaration(Declaration):
    """Proxy of Declaration whose triggers block moves that are not allowed before the audit has an outcome."""

    class Meta:
        proxy = True
        triggers = declaration_guards()


class AuditStep(models.Model):
    """One move of an audit; the history that its holder and the Board see."""

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="steps")
    move = models.CharField(max_length=12, choices=AuditMove)
    from_state = models.CharField(max_length=12, choices=AuditState)
    to_state = models.CharField(max_length=12, choices=AuditState)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=a_legal_move(), name="audit_step_is_a_legal_move")]
        indexes = [models.Index(fields=["audit", "id"], name="audit_step_in_order")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.from_state} to {self.to_state}"


@track_history()
class Finding(models.Model):
    """What the auditor found for one declared credit."""

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
        triggers = finding_guards()

    def __str__(self) -> str:
        return f"{self.declared_credit}: {self.verdict}"


@track_history()
class NotAvailable(models.Model):
    """A holder's statement that there is no document for a credit, and why."""

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="not_available")
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "not available"
        constraints = [
            models.UniqueConstraint(fields=["audit", "credit"], name="not_available_once_per_credit"),
            models.CheckConstraint(condition=~Q(reason=""), name="not_available_says_why"),
        ]
        triggers = answer_guards()

    def __str__(self) -> str:
        return f"{self.credit}: {self.reason[:60]}"
