from audits.models.audits import Audit, AuditedDeclaration, AuditStep, Finding, NotAvailable
from audits.models.colleagues import Colleague
from audits.models.rounds import Entry, Round, Stratum, TypeRate

__all__ = [
    "Audit",
    "AuditStep",
    "AuditedDeclaration",
    "Colleague",
    "Entry",
    "Finding",
    "NotAvailable",
    "Round",
    "Stratum",
    "TypeRate",
]
