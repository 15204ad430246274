import hashlib
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import factory

from accounts.enums import Role
from audits.enums import AuditMove, AuditState, Verdict
from audits.models import Audit, AuditStep, Colleague, Entry, Finding, NotAvailable, Round, Stratum, TypeRate
from audits.rules import rank
from cmp_portal.lib import clock
from declarations.enums import State
from tests.factories.accounts import HolderFactory, UserFactory
from tests.factories.credentials import CredentialTypeFactory, CycleFactory
from tests.factories.declarations import DeclarationFactory, DeclaredCreditFactory
from tests.factories.education import CreditFactory
from tests.factories.following import FollowingFactory

DECIDED = {AuditState.PASSED, AuditState.FAILED}
ASKED = [AuditState.REQUESTED]
REVIEWED = [*ASKED, AuditState.RECEIVED, AuditState.UNDER_REVIEW]
PATHS = {
    AuditState.SELECTED: [],
    AuditState.REQUESTED: ASKED,
    AuditState.RECEIVED: REVIEWED[:2],
    AuditState.UNDER_REVIEW: REVIEWED,
    AuditState.MORE_NEEDED: [*REVIEWED, AuditState.MORE_NEEDED],
    AuditState.PASSED: [*REVIEWED, AuditState.PASSED],
    AuditState.FAILED: [*REVIEWED, AuditState.FAILED],
}


class RoundFactory(factory.django.DjangoModelFactory):
    """An open round; `drawn=True`: after its cut-off."""

    class Meta:
        model = Round

    class Params:
        drawn = factory.Trait(
            seed="a seed",
            cutoff_at=factory.Sequence(lambda n: clock.now() - timedelta(hours=1, seconds=n)),
            opened_at=factory.LazyFunction(lambda: clock.now() - timedelta(days=7)),
            drawn_at=factory.LazyFunction(clock.now),
        )

    opened_at = factory.LazyFunction(clock.now)
    # Cut-offs are unique.
    cutoff_at = factory.Sequence(lambda n: clock.now() + timedelta(days=7, seconds=n))
    rate = Decimal("0.1000")
    seed_sha256 = hashlib.sha256(b"a seed").hexdigest()


class TypeRateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TypeRate

    round = factory.SubFactory(RoundFactory)
    credential_type = factory.SubFactory(CredentialTypeFactory)
    rate = Decimal("0.2000")


class StratumFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Stratum

    round = factory.SubFactory(RoundFactory, drawn=True)
    credential_type = factory.SubFactory(CredentialTypeFactory)
    is_late = False
    has_findings = False
    rate = Decimal("0.1000")


class EntryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Entry

    declaration = factory.SubFactory(DeclarationFactory, state=State.SUBMITTED)
    stratum = factory.SubFactory(
        StratumFactory, credential_type=factory.SelfAttribute("..declaration.cycle.credential.credential_type")
    )
    rank = factory.LazyAttribute(lambda o: rank(o.stratum.round.seed, o.declaration.number))
    is_drawn = False


class ColleagueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Colleague

    auditor = factory.SubFactory(UserFactory, roles=[Role.AUDITOR])
    colleague = factory.SubFactory(HolderFactory)


class AuditFactory(FollowingFactory):
    """An audit of a declaration in state under_audit."""

    class Meta:
        model = Audit

    _follows = {"holder": ["declaration.holder"]}

    holder = factory.SubFactory(HolderFactory)
    declaration = factory.SubFactory(
        DeclarationFactory,
        holder=factory.SelfAttribute("..holder"),
        state=State.UNDER_AUDIT,
        cycle=factory.SubFactory(CycleFactory, holder=factory.SelfAttribute("..holder"), ending=True),
    )
    selected_at = factory.LazyFunction(clock.now)


def audit_in(state: AuditState, **of: Any) -> Any:
    """An audit moved to the given state."""
    return lead(AuditFactory(**of), state)


def lead(audit: Any, state: AuditState, *, at: datetime | None = None) -> Any:
    """Move a selected audit to the state, deciding it at time `at`."""
    auditor = UserFactory(roles=[Role.AUDITOR])
    for after in PATHS[state]:
        decided = {"decided_by": auditor, "decided_at": at or clock.now()} if after in DECIDED else {}
        Audit.objects.filter(pk=audit.pk).update(state=after, **decided)
    audit.refresh_from_db()
    return audit


class AuditStepFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AuditStep

    audit = factory.SubFactory(AuditFactory)
    move = AuditMove.REQUEST
    from_state = AuditState.SELECTED
    to_state = AuditState.REQUESTED
    by = factory.SubFactory(UserFactory, roles=[Role.AUDITOR])
    at = factory.LazyFunction(clock.now)


class FindingFactory(FollowingFactory):
    class Meta:
        model = Finding

    audit = factory.LazyFunction(lambda: audit_in(AuditState.UNDER_REVIEW))
    declared_credit = factory.SubFactory(
        DeclaredCreditFactory, declaration=factory.SelfAttribute("..audit.declaration")
    )
    verdict = Verdict.VERIFIED
    by = factory.SubFactory(UserFactory, roles=[Role.AUDITOR])
    at = factory.LazyFunction(clock.now)


class NotAvailableFactory(FollowingFactory):
    class Meta:
        model = NotAvailable

    audit = factory.SubFactory(AuditFactory)
    credit = factory.LazyAttribute(lambda o: CreditFactory(holder=o.audit.holder))
    reason = "The provider no longer exists."
    at = factory.LazyFunction(clock.now)
