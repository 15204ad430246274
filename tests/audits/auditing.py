"""Helpers that bring an audit to a given state."""

from datetime import date, timedelta
from decimal import Decimal

from django.urls import reverse

from audits import actions
from audits.enums import AuditState, Verdict
from audits.models import Audit
from declarations.actions import submit
from declarations.queries import current_attestation, signed_contents
from education.actions import NewShare, refresh_status
from education.models import Credit
from tests.declarations.reviews import AT, submitted
from tests.factories import AllocationFactory, AttestationFactory, CreditFactory, HolderUserFactory, complete_cycle

DAY = timedelta(days=1)


def selected(by):
    return actions.select(declaration=submitted(), by=by, at=AT)


def requested(by):
    """An audit whose documents were requested."""
    audit = selected(by)
    actions.request_documents(audit=audit, by=by, at=AT)
    return Audit.objects.select_related("declaration", "holder").get(pk=audit.pk)


def begun(by):
    """An audit under review, after its documents were handed in."""
    audit = requested(by)
    actions.hand_in(audit=audit, by=audit.holder.user, at=AT)
    return actions.begin(audit=audit, by=by, at=AT)


def reached(state, auditor):
    """An audit moved to the state by its regular transitions."""
    audit = selected(auditor)
    if state != AuditState.SELECTED:
        actions.request_documents(audit=audit, by=auditor, at=AT)
    if state in {AuditState.RECEIVED, AuditState.UNDER_REVIEW}:
        actions.hand_in(audit=audit, by=audit.holder.user, at=AT)
    if state == AuditState.UNDER_REVIEW:
        actions.begin(audit=audit, by=auditor, at=AT)
        find_all(audit, auditor)
    return audit


def find_all(audit, by, verdict=Verdict.VERIFIED, **but):
    """Record one verdict on every credit, with exceptions by area."""
    for content in signed_contents(audit.declaration):
        credit = Credit.objects.get(uuid=content["credit"])
        one = but.get(content["area"].replace("-", "_"), verdict)
        actions.find(audit=audit, credit=credit, verdict=one, by=by, at=AT, reason="It has no date.")


def lacking(by):
    """An audit in which one credit is rejected and more is requested."""
    audit = begun(by)
    find_all(audit, by, ethics=Verdict.REFUSED)
    actions.ask_more(audit=audit, by=by, at=AT, note="The ethics course has no date.")
    return refresh(audit)


def refresh(audit):
    return Audit.objects.select_related("declaration").get(pk=audit.pk)


def spare(audit, **of):
    """Another credit of the holder, of the kind that is missing."""
    said = {"subjects": ["ethics"], "points": Decimal(1), "completed_on": date(2025, 6, 1), **of}
    return CreditFactory(holder=audit.holder, **said)


def amend(audit, credit, points="1"):
    return actions.amend(
        audit=audit,
        instead=[NewShare(credit.pk, "ethics", Decimal(points))],
        attestation=current_attestation(on=AT.date()),
        by=audit.holder.user,
        at=AT + DAY,
    )


def of_credits(more, auditor):
    """An audit of a declaration with so many credits more than are needed."""
    cycle = complete_cycle()
    area, day = cycle.requirement_set.areas.get(code="rest"), {"completed_on": date(2025, 6, 1)}
    for _time in range(more):
        credit = CreditFactory(holder=cycle.holder, subjects=["management"], points=Decimal(1), **day)
        AllocationFactory(cycle=cycle, credit=credit, area=area, points=Decimal(1))
    refresh_status([cycle.pk], at=AT)
    user = HolderUserFactory(holder=cycle.holder)
    declaration = submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=AT)
    return actions.select(declaration=declaration, by=auditor, at=AT)


def page_of(audit, name="detail", *also):
    return reverse(f"audits:{name}", args=[audit.declaration.uuid, *also])


def desk_of(audit, name="change", *also):
    return reverse(f"admin:audits_audit_{name}", args=[audit.pk, *also])


def text_of(answer):
    return answer.content.decode()
