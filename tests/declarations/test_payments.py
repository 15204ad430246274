"""Paying at a payment service that speaks as Stripe does: three ways lead to one payment, and none is lost."""

import json
import time
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse

from accounts.enums import Role
from cmp_portal.lib import clock
from declarations import actions
from declarations.enums import EventOutcome, FeeState, RefundState
from declarations.models import Checkout, Payment, PaymentEvent, Refund
from tests.declarations.charging import by_stripe, charged, switch_on
from tests.factories import CheckoutFactory, FeeFactory, RefundFactory, UserFactory
from tests.stripe_server import message, signed

pytestmark = pytest.mark.django_db
WEBHOOK = "/declaration/payments/webhook/"


@pytest.fixture
def stripe(settings):
    switch_on(settings)
    with by_stripe(settings) as server:
        yield server


@pytest.fixture
def fee(stripe):
    return charged()


@pytest.fixture
def holder(client, fee):
    client.force_login(fee.holder.user)
    return client


def pays(client, fee):
    """Presses the button and is led to the payment service."""
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


# --- The way there ---


def test_the_button_leads_to_the_service_with_the_amount(holder, fee, stripe):
    answer = pays(holder, fee)

    session = stripe.sessions["cs_test_1"]
    assert (answer.status_code, answer["Location"]) == (302, f"{stripe.url}/pay/cs_test_1")
    assert (session["amount_total"], session["currency"], session["client_reference_id"]) == (
        9500,
        "usd",
        str(fee.uuid),
    )


def test_pressed_twice_it_is_one_checkout(holder, fee, stripe):
    first, second = pays(holder, fee), pays(holder, fee)

    assert first["Location"] == second["Location"] and len(stripe.sessions) == 1


def test_a_checkout_begun_by_a_process_that_died_goes_on(holder, fee, stripe):
    """The row is there, and the service knows its key: the answer was lost."""
    pays(holder, fee)
    Checkout.objects.update(reference="", url="")

    assert pays(holder, fee)["Location"] == f"{stripe.url}/pay/cs_test_1"
    assert Checkout.objects.get().reference == "cs_test_1"


def test_after_a_checkout_that_ran_out_there_is_a_new_one(holder, fee, stripe):
    pays(holder, fee)
    stripe.expire()

    assert pays(holder, fee)["Location"] == f"{stripe.url}/pay/cs_test_2"


def test_pressed_again_after_paying_nothing_is_paid_twice(holder, fee, stripe):
    pays(holder, fee)
    stripe.pay()

    assert pays(holder, fee)["Location"] == fee.get_absolute_url()
    assert (state_of(fee), len(stripe.sessions)) == (PAID, 1)


def test_a_service_that_is_away_is_told_and_nothing_is_lost(holder, fee, stripe):
    stripe.is_away = True

    answer = holder.post(reverse("declarations:pay", args=[fee.declaration.uuid]), follow=True)

    assert "The payment service does not answer. Nothing was paid" in answer.text
    assert state_of(fee) == DUE


def test_a_wrong_key_is_told_as_a_service_that_is_away(holder, fee, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_other"

    assert "does not answer" in pays(holder, fee).client.get(fee.get_absolute_url()).text


def test_by_invoice_alone_there_is_no_way_there(holder, fee, settings):
    settings.PAYMENT_GATEWAY = "offline"

    page = holder.post(reverse("declarations:pay", args=[fee.declaration.uuid]), follow=True).text

    assert "This fee is paid by invoice." in page and "now</button>" not in page


def test_nothing_is_paid_for_a_declaration_that_was_withdrawn(holder, fee):
    actions.withdraw(declaration=fee.declaration, by=fee.holder.user, at=clock.now())

    assert pays(holder, fee)["Location"] == fee.get_absolute_url()
    assert not Checkout.objects.exists()


# --- Back by the page, by the message, by the sweep ---


def by_return(client, fee, session):
    assert "Paid: USD 95.00" in comes_back(client, fee).text


def by_message(client, fee, session):
    assert writes(client, message(session)).status_code == 200


def by_sweep(client, fee, session):
    actions.reconcile_payments(at=later())


WAYS = [by_return, by_message, by_sweep]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_leads_to_the_payment(holder, fee, stripe, way):
    pays(holder, fee)

    way(holder, fee, stripe.pay())

    assert state_of(fee) == PAID
    assert Checkout.objects.get().ended_at is not None


@pytest.mark.parametrize("second", WAYS)
@pytest.mark.parametrize("first", WAYS)
def test_one_way_after_the_other_leads_to_the_same_payment(holder, fee, stripe, first, second):
    pays(holder, fee)
    session = stripe.pay()

    first(holder, fee, session)
    second(holder, fee, session)

    assert state_of(fee) == PAID


def test_back_before_the_money_the_page_says_so(holder, fee):
    pays(holder, fee)

    page = comes_back(holder, fee).text

    assert "The payment is not confirmed yet." in page and "Still to pay: USD 95.00" in page


def test_back_while_the_service_is_away_the_page_says_so(holder, fee, stripe):
    pays(holder, fee)
    stripe.pay()
    stripe.is_away = True

    assert "The payment is not confirmed yet." in comes_back(holder, fee).text
    stripe.is_away = False
    assert actions.reconcile_payments(at=later()) == 1
    assert state_of(fee) == PAID


def test_the_sweep_twice_changes_nothing(holder, fee, stripe):
    pays(holder, fee)
    stripe.pay()

    assert [actions.reconcile_payments(at=later()) for _time in range(2)] == [1, 0]


def test_the_sweep_leaves_alone_what_is_open_or_has_just_begun(holder, fee, stripe):
    pays(holder, fee)

    assert (actions.reconcile_payments(at=later()), Checkout.objects.get().ended_at) == (0, None)
    stripe.pay()
    assert actions.reconcile_payments(at=clock.now()) == 0


@pytest.mark.parametrize("how", ["expire", "forget"])
def test_the_sweep_ends_what_ran_out(holder, fee, stripe, how):
    pays(holder, fee)
    stripe.expire() if how == "expire" else stripe.sessions.clear()

    assert (actions.reconcile_payments(at=later()), state_of(fee)) == (1, DUE)


def test_the_sweep_ends_a_checkout_nobody_was_shown(stripe):
    CheckoutFactory(reference="", started_at=clock.now() - timedelta(hours=1))

    assert actions.reconcile_payments(at=clock.now()) == 1


def test_the_sweep_is_a_command(holder, fee, stripe, capsys):
    pays(holder, fee)
    stripe.pay()
    Checkout.objects.update(started_at=clock.now() - timedelta(hours=1))

    call_command("reconcile_payments")

    assert (capsys.readouterr().out, state_of(fee)) == ("1 settled\n", PAID)


# --- Messages ---


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


# --- Back ---


@pytest.fixture
def payment(holder, fee, stripe):
    pays(holder, fee)
    stripe.pay()
    comes_back(holder, fee)
    return Payment.objects.get()


def pay_back(payment, amount="95.00", **more):
    said = {"reason": "Paid twice.", "key": uuid4(), "by": UserFactory(roles=[Role.REGISTRAR]), "at": clock.now()}
    return actions.refund(payment=payment, amount=Decimal(amount), **said | more)


def test_the_service_pays_back(payment, fee, stripe):
    refund = pay_back(payment)

    assert [one["amount"] for one in stripe.refunds] == [9500]
    assert (refund.state, refund.said, state_of(fee)[0]) == (RefundState.DONE, "re_1", FeeState.REFUNDED)


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
    stripe.answers[str(lost.uuid)] = stripe.refund({"amount": "1000"})

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

    assert "USD 95.00 was not paid back: Charge has been disputed." in page


def test_an_old_sweep_does_not_ask_the_offline_gateway(db):
    fee = FeeFactory(paid=True)
    RefundFactory(payment=fee.payments.get(), at=clock.now() - timedelta(hours=1))

    with time_machine.travel(clock.now() + timedelta(hours=1)):
        actions.reconcile_payments(at=clock.now())

    assert Refund.objects.get().state == RefundState.DONE
