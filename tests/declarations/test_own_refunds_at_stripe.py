"""Refunds made by the portal are also reported by Stripe, and never counted twice."""

from datetime import timedelta

import pytest
from django.db import connection

from cmp_portal.lib import clock
from declarations import actions
from declarations.actions.refunds import settle_refund
from declarations.enums import EventOutcome, FeeState
from declarations.models import Refund
from tests.declarations.charging import state_of
from tests.declarations.refunding import DONE, PROMISED, REFUSED, alerts, books, outcomes, pay_back, says, swept
from tests.factories import RefundFactory

pytestmark = pytest.mark.django_db


def test_the_message_of_one_of_ours_is_no_second_one(holder, payment, fee, stripe):
    pay_back(payment, "20.00")

    for kind in ("refund.created", "refund.updated"):
        says(holder, stripe.refunds[0], kind)

    assert (books(), outcomes()) == ([("20.00", DONE, "re_1", "here")], [EventOutcome.IGNORED] * 2)


def test_the_message_may_come_before_the_answer(holder, payment, fee, stripe):
    """The service has paid back and writes so, while our process still waits for its answer, or has died."""
    stripe.is_away = True
    ours = pay_back(payment, "20.00")
    stripe.is_away = False
    key = {"metadata[refund]": str(ours.uuid), "amount": "2000", "payment_intent": payment.reference}
    made = stripe.refund(key)

    says(holder, made)
    stripe.answers[str(ours.uuid)] = made
    settle_refund(refund=ours, at=clock.now())

    assert (books(), alerts(), swept()) == ([("20.00", DONE, "re_1", "here")], ["Refunded: USD 20.00"], 0)


def test_one_of_ours_is_not_asked_for_again_although_the_service_forgot_its_key(payment, stripe):
    """Keys are kept for a day: the sweep hears of what was done before it asks for what was not."""
    stripe.is_away = True
    ours = pay_back(payment, "20.00")
    stripe.is_away = False
    stripe.refund({"metadata[refund]": str(ours.uuid), "amount": "2000", "payment_intent": payment.reference})

    assert actions.reconcile_payments(at=clock.now() + timedelta(days=2)) == 1
    assert (books(), len(stripe.refunds)) == ([("20.00", DONE, "re_1", "here")], 1)


def test_one_of_ours_that_is_on_its_way_is_not_asked_for_again(payment, fee, stripe):
    stripe.becomes = "pending"
    ours = pay_back(payment)
    stripe.answers.clear()
    waits = swept(), books(), state_of(fee)[0]
    stripe.refunds[0]["status"] = "succeeded"

    assert (ours.state, waits) == (PROMISED, (0, [("95.00", PROMISED, "re_1", "here")], FeeState.PAID))
    assert (swept(), state_of(fee)[0], len(stripe.refunds)) == (1, FeeState.REFUNDED, 1)


def test_what_the_version_before_wrote_down_is_known(holder, payment, stripe):
    """It kept the reference where the reason of a refusal stands, and gave the service no key."""
    ours = pay_back(payment, "20.00")
    stripe.refunds[0]["metadata"] = {}
    Refund.objects.filter(pk=ours.pk).update(said="re_1")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE declarations_refund SET reference = ''")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")

    swept()

    assert books() == [("20.00", DONE, "re_1", "here")]


def test_promised_here_and_made_there_the_promise_is_refused(holder, payment, fee, stripe):
    """Both for all of the payment, while the service was away for us."""
    stripe.is_away = True
    ours = pay_back(payment)
    stripe.is_away = False

    says(holder, stripe.refund_by_hand(9500))
    swept()
    ours.refresh_from_db()

    assert (ours.state, len(stripe.refunds), state_of(fee)[0]) == (REFUSED, 1, FeeState.REFUNDED)
    assert "greater than unrefunded" in ours.said


def test_anything_may_stand_beside_a_refund_on_the_dashboard(holder, payment, stripe):
    made = stripe.refund_by_hand(2000)

    says(holder, {**made, "metadata": {"refund": "as told by phone"}})

    assert books() == [("20.00", DONE, "re_1", "there")]


def test_under_the_key_of_a_refund_of_another_payment_it_is_neither(holder, payment, stripe):
    other = RefundFactory()
    made = stripe.refund_by_hand(2000)

    says(holder, {**made, "metadata": {"refund": str(other.uuid)}})

    assert (outcomes(), payment.refunds.count()) == ([EventOutcome.LATER], 0)
