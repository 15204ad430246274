"""Concurrent payments and refunds over separate connections: one payment, one checkout, no excess refund."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from cmp_portal.lib import clock
from credentials.models import RequirementSet
from declarations import actions
from declarations.enums import FeeState, RefundState, State
from declarations.gateways import Notice, Paid, gateway
from declarations.models import Checkout, Fee, Payment, PaymentEvent, Refund
from tests.declarations.charging import ready, submit
from tests.factories import AttestationFactory, HolderUserFactory
from tests.stripe_server import message, signed

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = range(4)


def all_of(in_thread, call):
    """The answers of four at once, or what they were refused with."""

    def answer(number):
        try:
            return call(number)
        except (actions.FeeRefused, actions.MoveRefused) as refusal:
            return str(refusal)

    calls = [in_thread(lambda number=number: answer(number)) for number in AT_ONCE]
    return [call.result(30) for call in calls]


def test_noted_by_four_of_the_staff_it_is_paid_once(in_thread, fee, registrar):
    def note(number):
        said = {"reference": f"check {number}", "note": "", "key": uuid4()}
        return actions.note_payment(fee=fee, by=registrar, at=clock.now(), **said)

    answers = all_of(in_thread, note)

    assert sum(isinstance(answer, Payment) for answer in answers) == Payment.objects.count() == 1


def test_four_messages_of_one_payment_are_one(in_thread, fee):
    paid = Paid("cs_1", "pi_1", str(fee.uuid), 9500, "usd")

    def take(number):
        notice = Notice(f"evt_{number % 2}", "checkout.session.completed", paid=paid)
        return actions.process_webhook_event(gateway="stripe", notice=notice, at=clock.now())

    all_of(in_thread, take)

    assert (Payment.objects.count(), PaymentEvent.objects.count()) == (1, 2)
    assert Fee.objects.get().state == FeeState.PAID


@pytest.mark.parametrize("_round", range(3))
def test_of_two_declarations_sent_at_once_one_costs_less(in_thread, stripe, _round):
    cycle = ready()
    HolderUserFactory(holder=cycle.holder)
    cycles = [cycle, ready(cycle.holder, ends_on=date(2026, 4, 30))]

    for call in [in_thread(lambda cycle=cycle: submit(cycle)) for cycle in cycles]:
        call.result(30)

    assert sorted(Fee.objects.values_list("amount", flat=True)) == [Decimal("40.00"), Decimal("95.00")]


def test_the_second_declaration_of_a_day_waits_for_the_first(in_thread, until_blocked, stripe):
    first = ready()
    HolderUserFactory(holder=first.holder)
    second = ready(first.holder, ends_on=date(2026, 4, 30))
    AttestationFactory()
    RequirementSet.objects.update(frozen_at=clock.now())  # else they would wait for each other there
    with transaction.atomic():
        submit(first)
        other = in_thread(lambda: submit(second))
        until_blocked()

    assert other.result().fee.amount == Decimal("40.00")


def test_the_message_the_return_and_two_sweeps_at_once_are_one(in_thread, fee, stripe):
    actions.begin_payment(fee=fee, return_url="http://x/", cancel_url="http://x/", at=clock.now())
    stripe.pay()
    paid = Paid("cs_test_1", "pi_cs_test_1", str(fee.uuid), 9500, "usd")
    later = clock.now() + timedelta(minutes=10)
    ways = [
        lambda: actions.process_webhook_event(gateway="stripe", notice=Notice("evt_1", "a", paid=paid), at=clock.now()),
        lambda: actions.refresh_checkouts(fee=fee, at=clock.now()),
        lambda: actions.reconcile_payments(at=later),
        lambda: actions.reconcile_payments(at=later),
    ]

    all_of(in_thread, lambda number: ways[number]())

    assert (Payment.objects.count(), Fee.objects.get().state) == (1, FeeState.PAID)
    assert not Checkout.objects.filter(ended_at=None).exists()


def test_the_button_pressed_by_four_is_one_checkout(in_thread, fee, stripe):
    begin = {"fee": fee, "return_url": "http://x/", "cancel_url": "http://x/"}

    answers = all_of(in_thread, lambda number: actions.begin_payment(**begin, at=clock.now()))

    assert set(answers) == {f"{stripe.url}/pay/cs_test_1"}
    assert (Checkout.objects.count(), len(stripe.sessions)) == (1, 1)


@pytest.fixture
def payment(fee, stripe):
    actions.begin_payment(fee=fee, return_url="http://x/", cancel_url="http://x/", at=clock.now())
    stripe.pay()
    actions.refresh_checkouts(fee=fee, at=clock.now())
    return Payment.objects.get()


@pytest.mark.parametrize("one_form", [True, False])
def test_four_refunds_of_all_of_it_have_one_effect(in_thread, payment, registrar, stripe, one_form):
    key = uuid4()

    def pay_back(number):
        said = {"amount": Decimal("95.00"), "reason": "Paid twice.", "key": key if one_form else uuid4()}
        return actions.refund(payment=payment, by=registrar, at=clock.now(), **said)

    answers = all_of(in_thread, pay_back)

    assert sum(isinstance(answer, Refund) for answer in answers) == (4 if one_form else 1)
    assert (Refund.objects.count(), [one["amount"] for one in stripe.refunds]) == (1, [9500])
    assert Fee.objects.get().state == FeeState.REFUNDED


def test_one_made_there_and_told_by_two_messages_and_two_sweeps_at_once_is_one(in_thread, payment, stripe):
    made = stripe.refund_by_hand(9500)
    bodies = [message(made, "refund.created", event=event) for event in ("evt_2", "evt_3")]
    notices = [gateway("stripe").parse_webhook(body, {"Stripe-Signature": signed(body)}) for body in bodies]
    later = clock.now() + timedelta(minutes=10)
    ways = [
        lambda: actions.process_webhook_event(gateway="stripe", notice=notices[0], at=clock.now()),
        lambda: actions.process_webhook_event(gateway="stripe", notice=notices[1], at=clock.now()),
        lambda: actions.reconcile_payments(at=later),
        lambda: actions.reconcile_payments(at=later),
    ]

    all_of(in_thread, lambda number: ways[number]())

    assert list(Refund.objects.values_list("reference", "state")) == [("re_1", RefundState.DONE)]
    assert Fee.objects.get().state == FeeState.REFUNDED


def test_withdrawn_while_it_is_paid_the_money_is_on_record(in_thread, fee, registrar):
    user = fee.holder.user
    said = {"reference": "check 7", "note": "", "key": uuid4()}
    ways = [
        lambda: actions.withdraw(declaration=fee.declaration, by=user, at=clock.now()),
        lambda: actions.note_payment(fee=fee, by=registrar, at=clock.now(), **said),
    ] * 2

    all_of(in_thread, lambda number: ways[number]())

    found = Fee.objects.get()
    assert (found.state, found.declaration.state, Payment.objects.count()) == (FeeState.PAID, State.WITHDRAWN, 1)
