from datetime import date
from decimal import Decimal

import factory

from accounts.enums import Role
from cmp_portal.lib import clock
from declarations.enums import EventOutcome, FeeKind, FeeState, RefundState, State
from declarations.models import Checkout, Fee, FeeFamily, FeeRate, Payment, PaymentEvent, Refund
from tests.factories.accounts import UserFactory
from tests.factories.credentials import CredentialTypeFactory
from tests.factories.declarations import DeclarationFactory


class FeeRateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = FeeRate

    kind = FeeKind.APPLICATION
    family = factory.Sequence(lambda n: f"family-{n}")
    applies_from = date(2020, 1, 1)
    amount = Decimal("95.00")
    reduced = Decimal("40.00")

    class Params:
        every = factory.Trait(family="")


class FeeFamilyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = FeeFamily

    credential_type = factory.SubFactory(CredentialTypeFactory)
    family = "technologist"


class FeeFactory(factory.django.DjangoModelFactory):
    """A due fee; `paid=True`: paid by invoice."""

    class Meta:
        model = Fee
        skip_postgeneration_save = True

    declaration = factory.SubFactory(DeclarationFactory, state=State.SUBMITTED)
    holder = factory.SelfAttribute("declaration.holder")
    number = factory.LazyAttribute(lambda fee: f"F-{fee.declaration.number}")
    amount = Decimal("95.00")
    currency = "usd"
    lines = factory.LazyAttribute(
        lambda fee: [
            {
                "kind": "application",
                "amount": f"{fee.amount:.2f}",
                "since": "2020-01-01",
                "family": "",
                "second_after": "",
            }
        ]
    )
    charged_at = factory.LazyFunction(clock.now)

    @factory.post_generation
    def paid(fee, create, extracted, **kwargs):
        if extracted:
            PaymentFactory(fee=fee, amount=fee.amount)
            fee.state, fee.paid_at = FeeState.PAID, clock.now()
            fee.save()


class PaymentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Payment

    fee = factory.SubFactory(FeeFactory)
    gateway = "offline"
    reference = factory.Sequence(lambda n: f"cheque {n}")
    amount = factory.SelfAttribute("fee.amount")
    by = factory.SubFactory(UserFactory, roles=[Role.REGISTRAR])
    at = factory.LazyFunction(clock.now)


class CheckoutFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Checkout

    fee = factory.SubFactory(FeeFactory)
    gateway = "stripe"
    reference = factory.Sequence(lambda n: f"cs_{n}")
    started_at = factory.LazyFunction(clock.now)


class RefundFactory(factory.django.DjangoModelFactory):
    """A promised refund; `there=True`: made at the payment service, and completed."""

    class Meta:
        model = Refund

    payment = factory.SubFactory(PaymentFactory)
    amount = Decimal("10.00")
    reason = "Paid too much."
    by = factory.SubFactory(UserFactory, roles=[Role.REGISTRAR])
    at = factory.LazyFunction(clock.now)

    class Params:
        there = factory.Trait(
            by=None,
            reason="",
            payment__gateway="stripe",
            payment__by=None,
            reference=factory.Sequence(lambda n: f"re_{n}"),
            state=RefundState.DONE,
            settled_at=factory.SelfAttribute("at"),
        )


class PaymentEventFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PaymentEvent

    gateway = "stripe"
    event = factory.Sequence(lambda n: f"evt_{n}")
    kind = "checkout.session.completed"
    outcome = EventOutcome.APPLIED
    at = factory.LazyFunction(clock.now)
