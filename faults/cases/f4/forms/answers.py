"""Forms with which a holder answers an audit or a review."""

from decimal import Decimal
from uuid import uuid4

from accounts.enums import Role
from accounts.models import User
from audits import actions
from audits.enums import Verdict
from audits.models import Audit
from cmp_portal.lib import clock
from declarations.actions import write_note
from faults.cases.f4.forms.declarations import in_review
from faults.cases.f4.forms.form import Form, document, of_holder
from tests import factories
from tests.declarations.reviews import credit_in


def requested() -> tuple[Audit, User]:
    """An audit whose holder is asked for documents, and its auditor."""
    declaration, _reviewer = in_review()
    auditor: User = factories.UserFactory(roles=[Role.AUDITOR])
    audit = actions.select(declaration=declaration, by=auditor, at=clock.now())
    return actions.request_documents(audit=audit, by=auditor, at=clock.now()), auditor


def more_needed() -> Audit:
    """An audit in which one credit has been rejected, so that more documents are needed."""
    audit, auditor = requested()
    actions.hand_in(audit=audit, by=audit.holder.user, at=clock.now())
    actions.begin(audit=audit, by=auditor, at=clock.now())
    refused = credit_in(audit.declaration, "ethics")
    for share in audit.declaration.cycle.allocations.select_related("credit"):
        verdict = Verdict.REFUSED if share.credit == refused else Verdict.VERIFIED
        said = "It has no date."
        actions.find(audit=audit, credit=share.credit, verdict=verdict, reason=said, by=auditor, at=clock.now())
    return actions.ask_more(audit=audit, by=auditor, at=clock.now(), note="The ethics course has no date.")


def of_audit(name: str, audit: Audit, *args: object, **data: object) -> Form:
    where = (audit.declaration.uuid, *args)
    return of_holder(f"audits:{name}", *where, holder=audit.holder_id, user=audit.holder.user, **data)


def hand_in() -> Form:
    audit, _auditor = requested()
    return of_audit("hand_in", audit, note="All there.", anyway="on")


def answer() -> Form:
    audit, auditor = requested()
    asked = "Who taught it?"
    write_note(declaration=audit.declaration, uuid=uuid4(), text=asked, is_shared=True, by=auditor, at=clock.now())
    return of_audit("answer", audit, uuid=uuid4(), text="Professor Lindqvist.")


def reply() -> Form:
    declaration, reviewer = in_review()
    asked = "Please send the syllabus."
    write_note(declaration=declaration, uuid=uuid4(), text=asked, is_shared=True, by=reviewer, at=clock.now())
    user, sent = declaration.holder.user, {"uuid": uuid4(), "text": "It is with the credit now."}
    return of_holder("declarations:reply", declaration.uuid, holder=declaration.holder_id, user=user, **sent)


def prove() -> Form:
    audit, _auditor = requested()
    return of_audit("evidence", audit, credit_in(audit.declaration, "ethics").uuid, files=document())


def say_not_available() -> Form:
    audit, _auditor = requested()
    credit = credit_in(audit.declaration, "ethics")
    return of_audit("not_available", audit, credit.uuid, reason="The provider no longer exists.")


def replace() -> Form:
    audit = more_needed()
    other = factories.CreditFactory(
        holder=audit.holder,
        subjects=["ethics"],
        points=Decimal(1),
        completed_on=credit_in(audit.declaration, "ethics").completed_on,
    )
    return of_audit("replace", audit, instead=f"{other.uuid}:ethics:1.00", attested="on")


FORMS = {
    "submit documents": hand_in,
    "answer a note": answer,
    "answer a note of a review": reply,
    "prove a credit": prove,
    "report a missing document": say_not_available,
    "replace a credit": replace,
}
