"""Webhook messages from the payment service: signed, in any order, any number of times."""

import json
import time
from decimal import Decimal
from uuid import uuid4

import pytest

from declarations.enums import EventOutcome, FeeState
from declarations.models import Checkout, PaymentEvent
from tests.declarations.charging import DUE, PAID, WEBHOOK, pays, state_of, writes
from tests.factories import CheckoutFactory
from tests.stripe_server import message, signed

pytestmark = pytest.mark.django_db


def outcomes():
    return list(PaymentEvent.objects.values_list("event", "outcome"))


def test_a_message_sent_again_is_one(holder, fee, stripe):
    pays(holder, fee)
    body = message(stripe.pay())

    answers = [writes(holder, body).status_code for _time in range(3)]

    assert (answers, outcomes(), state_of(fee)) == ([200] * 3, [("evt_1", EventOutcome.APPLIED)], PAID)


def test_a_message_of_another_name_about_the_same_payment_is_one_payment(holder, fee, stripe):
    pays(holder, fee)
    session = stripe.pay()
    writes(holder, message(session))

    writes(holder, message(session, "checkout.session.async_payment_succeeded", event="evt_2"))

    assert (len(outcomes()), state_of(fee)) == (2, PAID)


@pytest.mark.parametrize("how", [{"secret": "whsec_other"}, {"at": time.time() - 301}])
def test_a_message_signed_by_another_or_long_ago_is_refused(holder, fee, stripe, how):
    pays(holder, fee)

    answer = writes(holder, message(stripe.pay()), **how)

    assert (answer.status_code, outcomes(), state_of(fee)) == (400, [], DUE)


def test_one_changed_byte_is_refused(holder, fee, stripe):
    pays(holder, fee)
    body = message(stripe.pay())
    header = {"Stripe-Signature": signed(body)}

    answer = holder.post(WEBHOOK, body.replace(b"9500", b"9501"), content_type="application/json", headers=header)

    assert (answer.status_code, state_of(fee)) == (400, DUE)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"id": "evt_1"}', b"\xff", b'{"data": {"object": 3}}'])
def test_a_signed_message_without_sense_is_refused(client, stripe, body):
    assert writes(client, body).status_code == 400


def test_a_message_without_a_signature_is_refused(client, stripe):
    assert client.post(WEBHOOK, b"{}", content_type="application/json").status_code == 400


def test_an_event_that_is_none_of_ours_is_answered_and_logged(client, stripe, log_lines):
    body = json.dumps({"id": "evt_9", "object": "event", "type": "customer.created", "data": {"object": {"id": "c"}}})

    answer = writes(client, body.encode())

    assert (answer.status_code, outcomes()) == (200, [("evt_9", EventOutcome.IGNORED)])
    assert [line["event_kind"] for line in log_lines() if line["event"] == "payment event"] == ["customer.created"]


def test_an_event_that_is_none_of_ours_ends_no_checkout(client, fee, stripe):
    begun = CheckoutFactory(fee=fee, reference="")

    writes(client, json.dumps({"id": "evt_9", "type": "customer.created", "data": {"object": {"id": "c"}}}).encode())

    begun.refresh_from_db()
    assert begun.ended_at is None


def test_a_payment_ends_no_checkout_of_another_fee(holder, fee, stripe):
    begun = CheckoutFactory(reference="")
    pays(holder, fee)

    writes(holder, message(stripe.pay()))

    begun.refresh_from_db()
    assert (state_of(fee), begun.ended_at) == (PAID, None)


def test_a_completed_session_whose_money_is_still_to_come_is_no_payment(holder, fee, stripe):
    pays(holder, fee)
    session = stripe.sessions["cs_test_1"] | {"status": "complete"}

    writes(holder, message(session))

    assert state_of(fee) == DUE


def test_the_message_that_a_checkout_ran_out_ends_it(holder, fee, stripe):
    pays(holder, fee)

    writes(holder, message(stripe.expire(), "checkout.session.expired"))

    assert (Checkout.objects.get().ended_at is not None, state_of(fee)) == (True, DUE)


EXPIRED, COMPLETED = "checkout.session.expired", "checkout.session.completed"


@pytest.mark.parametrize("order", [(EXPIRED, COMPLETED), (COMPLETED, EXPIRED), (COMPLETED, EXPIRED, COMPLETED)])
def test_messages_in_any_order_come_to_the_same(holder, fee, stripe, order):
    pays(holder, fee)
    session = stripe.pay()

    for number, kind in enumerate(order):
        writes(holder, message(session, kind, event=f"evt_{number}"))

    assert (state_of(fee), Checkout.objects.get().ended_at is not None) == (PAID, True)


@pytest.mark.parametrize("changed", [{"client_reference_id": str(uuid4())}, {"client_reference_id": None},
                                     {"client_reference_id": "7"}, {"currency": "eur"}])  # fmt: skip
def test_a_payment_of_nobody_we_know_is_kept_to_be_found(holder, fee, stripe, changed):
    pays(holder, fee)

    answer = writes(holder, message({**stripe.pay(), **changed}))

    assert (answer.status_code, outcomes(), state_of(fee)) == (200, [("evt_1", EventOutcome.UNKNOWN)], DUE)
    assert PaymentEvent.objects.get().amount == Decimal("95.00")


def test_paid_in_part_the_fee_stays_due(holder, fee, stripe):
    pays(holder, fee)

    writes(holder, message({**stripe.pay(), "amount_total": 5000}))

    assert state_of(fee) == (FeeState.DUE, [("pi_cs_test_1", Decimal("50.00"))])


def test_off_there_is_no_such_address(client, stripe, settings):
    settings.FEES = False

    assert writes(client, b"{}").status_code == 404
