"""Forms of the Board's auditors."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from audits import actions, rules
from audits.enums import AuditMove, Verdict
from audits.models import Audit
from cmp_portal.lib import clock
from declarations.queries import signed_contents
from education.models import Credit
from faults.cases.f4.forms.declarations import in_review
from faults.cases.f4.forms.form import Form, of_holder, read_from, staff
from tests.audits.lots import received

NOTE = "As the documents show."
# Cut-offs in the distant past, each with declarations of its own, so that draws don't overlap.
LONG_AGO = (datetime(2005, 1, 1, tzinfo=UTC) + timedelta(days=days) for days in count())
# Future cut-offs, all different.
TO_COME = (timedelta(days=days) for days in count(30))


def selected() -> tuple[Audit, User]:
    declaration, _reviewer = in_review()
    auditor = staff(Role.AUDITOR)
    return actions.select(declaration=declaration, by=auditor, at=clock.now()), auditor


def requested() -> tuple[Audit, User]:
    audit, auditor = selected()
    return actions.request_documents(audit=audit, by=auditor, at=clock.now()), auditor


def handed_in() -> tuple[Audit, User]:
    audit, auditor = requested()
    return actions.hand_in(audit=audit, by=audit.holder.user, at=clock.now()), auditor


def under_review() -> tuple[Audit, User]:
    audit, auditor = handed_in()
    return actions.begin(audit=audit, by=auditor, at=clock.now()), auditor


def proven() -> tuple[Audit, User]:
    audit, auditor = under_review()
    for content in signed_contents(audit.declaration):
        credit = Credit.objects.get(uuid=content["credit"])
        actions.find(audit=audit, credit=credit, verdict=Verdict.VERIFIED, by=auditor, at=clock.now())
    return audit, auditor


def to_fail() -> tuple[Audit, User]:
    """An audit whose failure a colleague has proposed."""
    audit, auditor = under_review()
    return actions.propose_failing(audit=audit, by=auditor, at=clock.now(), note=NOTE), staff(Role.AUDITOR)


def about(audit: Audit, by: User, name: str, *more: object, **said: object) -> Form:
    return of_holder(f"admin:audits_audit_{name}", audit.pk, *more, holder=audit.holder_id, user=by, **said)


def decide(move: AuditMove, prepared: Callable[[], tuple[Audit, User]]) -> Callable[[], Form]:
    return lambda: about(*prepared(), "decide", move.value, note=NOTE)


def take_over() -> Form:
    """Take an audit over from the colleague who was assigned when the page was loaded."""
    audit, colleague = requested()
    form = about(audit, staff(Role.AUDITOR), "decide", AuditMove.TAKE.value)
    return replace(form, path=f"{form.path}?seen={colleague.pk}")


def find() -> Form:
    audit, auditor = under_review()
    credit = signed_contents(audit.declaration)[0]["credit"]
    return about(audit, auditor, "find", credit, verdict=Verdict.REFUSED, reason=NOTE)


def extend() -> Form:
    return about(*requested(), "extend", until=clock.today() + timedelta(days=60), note=NOTE)


def note() -> Form:
    said: dict[str, Any] = {"uuid": uuid4(), "text": "Please send the syllabus.", "for": "holder"}
    return about(*requested(), "note", **said)


def select() -> Form:
    declaration, _reviewer = in_review()
    number, auditor = declaration.number, staff(Role.AUDITOR)
    return of_holder("admin:audits_audit_select", holder=declaration.holder_id, user=auditor, number=number)


def request_many() -> Form:
    audit, auditor = selected()
    name = "admin:audits_audit_request_many"
    return of_holder(name, holder=audit.holder_id, user=auditor, pk=audit.pk, confirmed="on")


def open_round() -> Form:
    cutoff = (clock.now() + next(TO_COME)).strftime("%Y-%m-%dT%H:%M:%S")
    said = {"cutoff": cutoff, "rate": "5%", "credentials": "", "late": "10%", "findings": "", "confirmed": "on"}
    return read_from(reverse("admin:audits_round_add"), staff(Role.AUDITOR), said)


def draw() -> Form:
    cutoff = next(LONG_AGO)
    rates, opened_at = rules.Rates(Decimal("0.5")), cutoff - timedelta(hours=2)
    round = actions.open_round(rates=rates, cutoff=cutoff, at=opened_at)
    received(3, at=cutoff - timedelta(hours=1))
    return read_from(reverse("admin:audits_round_draw", args=[round.pk]), staff(Role.AUDITOR))


FORMS = {
    "take an audit": take_over,
    "request documents": decide(AuditMove.REQUEST, selected),
    "start a review": decide(AuditMove.BEGIN, handed_in),
    "request more documents": decide(AuditMove.ASK_MORE, under_review),
    "pass an audit": decide(AuditMove.PASS, proven),
    "propose to fail an audit": decide(AuditMove.PROPOSE, under_review),
    "fail an audit": decide(AuditMove.FAIL, to_fail),
    "record a finding": find,
    "extend the deadline": extend,
    "write a note on an audit": note,
    "select for an audit": select,
    "request documents for several": request_many,
    "open a round": open_round,
    "draw a round": draw,
}
