import hashlib
from datetime import timedelta
from decimal import Decimal

import factory

from accounts.enums import Role
from audits.enums import Verdict
from audits.models import Audit, Finding, Round
from cmp_portal.lib import clock
from declarations.enums import State
from tests.factories.accounts import HolderFactory, UserFactory
from tests.factories.credentials import CycleFactory
from tests.factories.declarations import DeclarationFactory, DeclaredCreditFactory
from tests.factories.following import FollowingFactory


class RoundFactory(factory.django.DjangoModelFactory):
    """Open; `drawn=True` after its cut-off."""

    class Meta:
        model = Round

    class Params:
        drawn = factory.Trait(
            seed="a seed",
            cutoff_at=factory.LazyFunction(lambda: clock.now() - timedelta(hours=1)),
            opened_at=factory.LazyFunction(lambda: clock.now() - timedelta(days=7)),
            drawn_at=factory.LazyFunction(clock.now),
        )

    opened_at = factory.LazyFunction(clock.now)
    cutoff_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=7))
    rate = Decimal("0.1000")
    seed_sha256 = hashlib.sha256(b"a seed").hexdigest()


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
