import hashlib
from datetime import timedelta
from typing import Any

import factory

from cmp_portal.lib import clock
from credentials.models import Cycle
from credentials.queries import cycle_facts
from credentials.rules import next_cycle
from declarations.enums import Paper, Shown, State
from declarations.models import Badge, Hidden, Print, Proof, ShareLink
from declarations.queries import proven
from tests.factories.accounts import HolderFactory
from tests.factories.credentials import CredentialFactory, CycleFactory
from tests.factories.declarations import DeclarationFactory
from tests.factories.following import FollowingFactory


class ProofFactory(FollowingFactory):
    """A proof of a renewal, with the cycle that followed."""

    class Meta:
        model = Proof

    _follows = {"holder": ["declaration.holder"]}

    holder = factory.SubFactory(HolderFactory)
    declaration = factory.SubFactory(DeclarationFactory, holder=factory.SelfAttribute("..holder"), state=State.RENEWED)
    cycle = factory.LazyAttribute(lambda o: following(o.declaration.cycle))
    content = factory.LazyAttribute(lambda o: proven(o.declaration, o.cycle))
    issued_at = factory.LazyFunction(clock.now)


def following(cycle: Cycle) -> Any:
    """The next cycle."""
    facts = next_cycle(cycle_facts(cycle), cycle.credential.anchor_on or cycle.ends_on)
    return CycleFactory(
        holder=cycle.holder,
        credential=cycle.credential,
        requirement_set=cycle.requirement_set,
        starts_on=facts.starts_on,
        ends_on=facts.ends_on,
    )


class PrintFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Print

    proof = factory.SubFactory(ProofFactory)
    paper = Paper.CERTIFICATE
    sha256 = factory.Sequence(lambda n: hashlib.sha256(f"print {n}".encode()).hexdigest())
    at = factory.LazyFunction(clock.now)


class HiddenFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Hidden

    holder = factory.SubFactory(HolderFactory)
    since = factory.LazyFunction(clock.now)


class ShareLinkFactory(FollowingFactory):
    class Meta:
        model = ShareLink

    _follows = {"holder": ["credential.holder"]}

    holder = factory.SubFactory(HolderFactory)
    credential = factory.SubFactory(CredentialFactory, holder=factory.SelfAttribute("..holder"))
    shows = [Shown.NAME]
    sha256 = factory.Sequence(lambda n: hashlib.sha256(f"secret {n}".encode()).hexdigest())
    made_at = factory.LazyFunction(clock.now)
    expires_at = factory.LazyAttribute(lambda o: o.made_at + timedelta(days=30))


class BadgeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Badge

    proof = factory.SubFactory(ProofFactory)
    number = 1
    place = factory.Sequence(lambda n: n)
    at = factory.LazyFunction(clock.now)
