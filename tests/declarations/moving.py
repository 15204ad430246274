"""A declaration and every transition it can make, each by an authorized user; also run in a separate process."""

from datetime import date, timedelta

import time_machine

from accounts.enums import Role
from accounts.models import User
from audits import actions as auditing
from audits.enums import Verdict
from audits.models import Audit
from credentials.models import Cycle
from declarations import actions
from declarations.enums import Grounds
from declarations.models import Attestation, Declaration
from tests.factories import AttestationFactory, HolderUserFactory, UserFactory, complete_cycle
from tests.fixtures import NOON

AT = NOON - timedelta(days=20)
LETTER = {"grounds": Grounds.ILLNESS, "letter": "I was ill."}
# The last move of each path is the one under test; the others lead up to it.
WAYS = [
    "submit",
    "submit withdraw",
    "submit select",
    "submit approve",
    "submit send_back",
    "submit deny",
    "submit select send_back",
    "submit select examine pass_audit",
    "submit select examine pass_audit approve",
    "submit select examine propose_failing",
    "submit select examine propose_failing fail",
    "submit deny appeal",
    "submit deny appeal uphold",
    "submit deny appeal overturn",
    "submit approve roll",
]


def prepare():
    """A complete cycle three weeks before its month of expiry; a reviewer, a colleague and an auditor."""
    with time_machine.travel(NOON, tick=False):
        cycle = complete_cycle()
        HolderUserFactory(holder=cycle.holder)
        AttestationFactory()
        for roles in ([Role.REVIEWER], [Role.REVIEWER, Role.AUDITOR], [Role.AUDITOR]):
            UserFactory(roles=roles)


def act(name):
    """Make a move."""
    user = User.objects.get(holder__isnull=False)
    reviewer, colleague, auditor = User.objects.filter(holder=None).order_by("id")
    if name == "submit":
        return actions.submit(cycle=Cycle.objects.get(), attestation=Attestation.objects.get(), by=user, at=AT)
    if name == "roll":
        return actions.roll(on=date(2026, 3, 1), at=NOON)
    declaration = Declaration.objects.get()
    if name == "select":
        return auditing.select(declaration=declaration, by=auditor, at=AT)
    if name == "examine":
        return _examined(Audit.objects.get(), auditor, user)
    if name in ("pass_audit", "propose_failing", "fail"):
        by = colleague if name == "fail" else auditor
        return getattr(auditing, name)(audit=Audit.objects.get(), by=by, at=AT, note="As the documents show.")
    said = LETTER if name == "appeal" else {} if name == "withdraw" else {"note": "As the file shows."}
    by = user if name in ("appeal", "withdraw") else colleague if name in ("uphold", "overturn") else reviewer
    return getattr(actions, name)(declaration=declaration, by=by, at=AT, **said)


def _examined(audit, auditor, holder):
    """Documents are requested and handed in, and every credit is verified."""
    auditing.request_documents(audit=audit, by=auditor, at=AT)
    auditing.hand_in(audit=audit, by=holder, at=AT)
    auditing.begin(audit=audit, by=auditor, at=AT)
    for share in audit.declaration.cycle.allocations.select_related("credit"):
        auditing.find(audit=audit, credit=share.credit, verdict=Verdict.VERIFIED, by=auditor, at=AT)
    return audit
