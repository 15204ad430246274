"""The checks of a holder's documents."""

from collections.abc import Iterator

from accounts.models import Holder
from audits.enums import AuditState
from audits.models import Audit, Finding
from cmp_portal.lib.exports import Part, part

TOLD = {AuditState.PASSED, AuditState.FAILED}


def export_of(holder: Holder) -> Iterator[Part]:
    """Audits, and what was found in those that are decided."""
    audits = Audit.objects.filter(holder=holder).order_by("id")
    yield part("audits", audits, "state selected_at due_on decided_at", declaration="declaration__uuid")
    findings = Finding.objects.filter(audit__holder=holder, audit__state__in=TOLD).order_by("id")
    yield part(
        "findings",
        findings,
        "verdict reason at",
        declaration="audit__declaration__uuid",
        submission="declared_credit__submission",
        position="declared_credit__position",
    )
