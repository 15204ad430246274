"""Data export: audits of a holder's declarations."""

from collections.abc import Iterator

from accounts.models import Holder
from audits.models import Audit, AuditStep, Finding, NotAvailable
from audits.rules.moves import AMONG_STAFF, DECIDED
from cmp_portal.lib.exports import Part, part


def export_of(holder: Holder) -> Iterator[Part]:
    """Audits, their steps, answers about missing documents, and the findings of decided audits."""
    audits = Audit.objects.filter(holder=holder).order_by("id")
    yield part("audits", audits, "state selected_at due_on decided_at", declaration="declaration__uuid")
    findings = Finding.objects.filter(audit__holder=holder, audit__state__in=DECIDED).order_by("id")
    yield part(
        "findings",
        findings,
        "verdict reason at",
        declaration="audit__declaration__uuid",
        signed_with="declared_credit__declaration__uuid",
        submission="declared_credit__submission",
        position="declared_credit__position",
    )
    steps = AuditStep.objects.filter(audit__holder=holder).exclude(move__in=AMONG_STAFF).order_by("id")
    yield part("audit_steps", steps, "move from_state to_state at note", declaration="audit__declaration__uuid")
    answers = NotAvailable.objects.filter(audit__holder=holder).order_by("id")
    yield part("not_available", answers, "reason at", declaration="audit__declaration__uuid", credit="credit__uuid")
