"""Refunds made in the back office, through a fake of Stripe."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from cmp_portal.lib import clock
from declarations import actions
from declarations.enums import FeeState, RefundState
from declarations.models import Refund
from tests.declarations.charging import later, state_of
from tests.declarations.refunding import pay_back
from tests.factories import FeeFactory, RefundFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_the_service_pays_back(payment, fee, stripe):
    refund = pay_back(payment)

    assert [one["amount"] for one in stripe.refunds] == [9500]
    assert (refund.state, refund.reference, state_of(fee)[0]) == (RefundState.DONE, "re_1", FeeState.REFUNDED)


def test_asked_while_the_service_is_away_the_sweep_pays_back_once(payment, stripe):
    stripe.is_away = True
    refund = pay_back(payment)
    stripe.is_away = False

    settled = [actions.reconcile_payments(at=later()) for _time in range(2)]
    refund.refresh_from_db()

    assert (refund.state, settled, len(stripe.refunds)) == (RefundState.DONE, [1, 0], 1)


def test_what_the_service_paid_back_and_no_process_heard_is_paid_once(payment, stripe):
    """Killed between the service's answer and our books."""
    refund = pay_back(payment, "20.00")
    lost = RefundFactory(payment=payment, amount=Decimal("10.00"), at=clock.now())
    asked = {"amount": "1000", "payment_intent": payment.reference}
    stripe.answers[str(lost.uuid)] = stripe.refund({**asked, "metadata[refund]": str(lost.uuid)})

    actions.reconcile_payments(at=later())
    lost.refresh_from_db()

    assert (lost.state, len(stripe.refunds), refund.state) == (RefundState.DONE, 2, RefundState.DONE)


def test_what_the_service_refuses_may_be_tried_again(payment, fee, stripe):
    stripe.refuses = "Charge has been disputed."
    refused = pay_back(payment)
    stripe.refuses = ""

    assert (refused.state, refused.said) == (RefundState.REFUSED, "Charge has been disputed.")
    assert pay_back(payment).state == RefundState.DONE


def test_the_desk_says_why_the_service_refused(payment, stripe, client):
    stripe.refuses = "Charge has been disputed."
    pay_back(payment)
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    page = client.get(reverse("admin:declarations_fee_change", args=[payment.fee_id])).text

    assert "USD 95.00 was not refunded: Charge has been disputed." in page


def test_an_old_sweep_does_not_ask_the_offline_gateway(db):
    fee = FeeFactory(paid=True)
    RefundFactory(payment=fee.payments.get(), at=clock.now() - timedelta(hours=1))

    with time_machine.travel(clock.now() + timedelta(hours=1)):
        actions.reconcile_payments(at=clock.now())

    assert Refund.objects.get().state == RefundState.DONE
