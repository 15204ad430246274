"""Fees enabled, with a schedule and a fake payment service."""

from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from django.urls import reverse

from cmp_portal.lib import clock
from declarations import actions
from declarations.enums import FeeKind, FeeState
from education.actions import refresh_status
from tests.declarations.reviews import AT, LATER, submitted
from tests.factories import (
    AttestationFactory,
    CycleFactory,
    FeeRateFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    allocate_all,
)
from tests.stripe_server import SECRET_KEY, WEBHOOK_SECRET, a_stripe_server, signed

WEBHOOK = "/declaration/payments/webhook/"


def switch_on(settings, **more):
    settings.FEES = True
    for name, value in more.items():
        setattr(settings, name, value)
    FeeRateFactory(every=True)
    FeeRateFactory(every=True, kind=FeeKind.REINSTATEMENT, amount=Decimal("50.00"), reduced=None)


@contextmanager
def by_stripe(settings):
    """The fake payment service, with the settings that point to it."""
    with a_stripe_server() as server:
        settings.PAYMENT_GATEWAY = "stripe"
        settings.STRIPE_API_URL, settings.STRIPE_CHECKOUT_ORIGIN = server.url, server.url
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = SECRET_KEY, WEBHOOK_SECRET
        yield server


def charged(**more):
    """The fee of a newly submitted declaration."""
    return submitted(**more).fee


def ready(holder=None, *, ends_on=date(2026, 3, 31)):
    """A complete cycle whose declaration window opens before AT."""
    of = {"holder": holder} if holder else {}
    requirements = MlsRequirementSetFactory(verified=True)
    starts_on = date(ends_on.year - 3, ends_on.month, 1)
    cycle = CycleFactory(requirement_set=requirements, starts_on=starts_on, ends_on=ends_on, **of)
    allocate_all(cycle)
    refresh_status([cycle.pk], at=AT)
    return cycle


def submit(cycle, at=AT, **more):
    user = getattr(cycle.holder, "user", None) or HolderUserFactory(holder=cycle.holder)
    return actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=at, **more)


def note(fee, by, **more):
    """Record a payment of the fee by staff."""
    said = {"reference": "check 7", "note": "", "key": uuid4(), "at": LATER, **more}
    return actions.note_payment(fee=fee, by=by, **said)


# --- At the payment service ---


def pays(client, fee):
    """Start a payment in the portal and follow the redirect to the payment service."""
    return client.post(reverse("declarations:pay", args=[fee.declaration.uuid]))


def comes_back(client, fee):
    return client.get(reverse("declarations:paid", args=[fee.declaration.uuid]), follow=True)


def writes(client, body, **how):
    return client.post(
        WEBHOOK, body, content_type="application/json", headers={"Stripe-Signature": signed(body, **how)}
    )


def later():
    return clock.now() + timedelta(minutes=10)


def state_of(fee):
    fee.refresh_from_db()
    return fee.state, list(fee.payments.values_list("reference", "amount"))


PAID = (FeeState.PAID, [("pi_cs_test_1", Decimal("95.00"))])
DUE = (FeeState.DUE, [])
