import hashlib
from datetime import timedelta
from decimal import Decimal

import factory

from accounts.enums import Role
from audits.enums import Verdict
from audits.models import Audit, Colleague, Entry, Finding, Round, Stratum, TypeRate
from audits.rules import rank
from cmp_portal.lib import clock
from declarations.enums import State
from tests.factories.accounts import HolderFactory, UserFactory
from tests.factories.credentials import CredentialTypeFactory, CycleFactory
from tests.factories.declarations import DeclarationFactory, DeclaredCreditFactory
from tests.factories.following import FollowingFactory


class RoundFactory(factory.django.DjangoModelFactory):
    """Open; `drawn=True` after its cut-off."""

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
    # Each at a cut-off of its own, as rounds are.
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
    """Of a declaration that is under audit."""

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


class FindingFactory(FollowingFactory):
    class Meta:
        model = Finding

    audit = factory.SubFactory(AuditFactory)
    declared_credit = factory.SubFactory(
        DeclaredCreditFactory, declaration=factory.SelfAttribute("..audit.declaration")
    )
    verdict = Verdict.VERIFIED
    by = factory.SubFactory(UserFactory, roles=[Role.AUDITOR])
    at = factory.LazyFunction(clock.now)
