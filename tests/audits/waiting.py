"""Audits that some auditors may work on and others may not."""

from audits import actions
from audits.enums import AuditState
from declarations.enums import State
from declarations.models import Declaration
from tests.audits.auditing import begun, find_all, selected
from tests.declarations.reviews import AT
from tests.factories import ColleagueFactory, HolderFactory, audit_in


def taken_by(user, audit):
    actions.take(audit=audit, by=user, at=AT)
    return audit


def not_to_ask(auditor, other):
    """Audits whose documents this auditor can't request, with the reason."""
    auditor.holder = HolderFactory()
    auditor.save()
    colleague = ColleagueFactory(auditor=auditor).colleague
    paused = audit_in(AuditState.SELECTED)
    Declaration.objects.filter(pk=paused.declaration_id).update(state=State.RETURNED)
    return {
        audit_in(AuditState.RECEIVED): "This audit is now “Documents received”, so that is no longer possible.",
        taken_by(other, selected(other)): "This audit belongs to another auditor. Take it over first.",
        paused: "The declaration is with its holder. The audit is paused until it comes back.",
        audit_in(AuditState.SELECTED, holder=colleague): "You are not allowed to audit this declaration.",
        audit_in(AuditState.SELECTED, holder=auditor.holder): "You are not allowed to audit this declaration.",
    }


def proposed(by):
    audit = begun(by)
    find_all(audit, by)
    return actions.propose_failing(audit=audit, by=by, at=AT, note="No proof.")
