"""Inconsistent payments, and payments that need attention: planted, found, and named."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from cmp_portal.operations.doctor import data
from declarations.enums import EventOutcome, FeeKind, RefundState, State
from tests.declarations.charging import switch_on
from tests.factories import (
    DeclarationFactory,
    FeeFactory,
    FeeRateFactory,
    PaymentEventFactory,
    PaymentFactory,
    RefundFactory,
)
from tests.fixtures import NOON
from tests.planting import Fault, each, found, found_in, planted

pytestmark = pytest.mark.django_db
STATE = "fees whose state does not match payments and refunds"
BACK = "refunds that exceed their payment"
UNSUBMITTED, TWICE = "fees paid for a declaration that is not submitted", "fees paid more than once"
PART, UNKNOWN = "partially paid fees", "payments that match no fee"
WAITING = "refunds waiting for the payment service"
CAME_BACK = "refunds that were returned"
DUE = "state = 'due', paid_at = NULL"


def fee(w, assignment):
    return f"UPDATE declarations_fee SET {assignment} WHERE id = {w.fee.pk};"


def payments(w, assignment):
    return f"UPDATE declarations_payment SET {assignment} WHERE fee_id = {w.fee.pk};"


def refund(w, cents, state="done", at="now()", reference=""):
    settled = "NULL" if state == "promised" else "now()"
    return f"""
        INSERT INTO declarations_refund
               (uuid, payment_id, amount, reason, by_id, at, state, settled_at, said, reference)
        SELECT gen_random_uuid(), id, {cents}, 'Paid twice.', by_id, {at}, '{state}', {settled}, '', '{reference}'
          FROM declarations_payment WHERE fee_id = {w.fee.pk};
    """


def paid_again(w):
    return f"""
        INSERT INTO declarations_payment (uuid, fee_id, gateway, reference, amount, note, at)
        SELECT gen_random_uuid(), {w.fee.pk}, 'stripe', 'pi_2', {w.fee.amount * 100:.0f}, '', now();
    """


WRONG = [
    Fault("paid and still due", {STATE}, lambda w: fee(w, DUE)),
    Fault("paid without the money", {STATE}, lambda w: payments(w, "amount = amount - 1")),
    Fault("all of it back and still paid", {STATE}, lambda w: refund(w, 9500)),
    Fault("refunded and the money is here", {STATE}, lambda w: fee(w, "state = 'refunded'")),
    Fault("more back than was paid", {BACK, STATE}, lambda w: refund(w, 9501)),
    Fault(
        "a fee of another holder",
        {"fees with a different holder than their declaration"},
        lambda w: fee(w, f"holder_id = {w.share.holder_id}"),
    ),
]
NOTES = [
    Fault("paid and returned", {UNSUBMITTED}, lambda w: fee(w, f"declaration_id = {w.returned.pk}"), notes=True),
    Fault("paid twice", {TWICE}, paid_again, notes=True),
    Fault("paid in part", {PART}, lambda w: fee(w, DUE) + payments(w, "amount = 5000"), notes=True),
    Fault("a refund that waits", {WAITING}, lambda w: refund(w, 100, "promised", "now() - interval '9 y'"), notes=True),
    Fault("a refund that came back", {CAME_BACK}, lambda w: refund(w, 100, "refused", reference="re_1"), notes=True),
    Fault(
        "a payment of nobody",
        {UNKNOWN},
        lambda w: (
            "INSERT INTO declarations_paymentevent (gateway, event, kind, outcome, reference, amount, at)"
            " VALUES ('stripe', 'evt_9', 'checkout.session.completed', 'unknown', 'pi_9', 9500, now())"
        ),
        notes=True,
    ),
]
WITHDRAWN = "fees due for a withdrawn declaration"
LEFT = Fault("due and withdrawn", {WITHDRAWN}, lambda w: fee(w, f"{DUE}, declaration_id = {w.returned.pk}"))


@each([*WRONG, *NOTES])
def test_a_planted_fault_is_found(world, fault):
    assert found_in(fault, world) == fault.finds


def test_a_fee_that_is_due_for_a_declaration_that_was_withdrawn_is_found(db):
    FeeFactory(declaration=DeclarationFactory(state=State.WITHDRAWN, **RECEIVED))

    assert WITHDRAWN in found()


RECEIVED = {"number": "2026-1", "received_at": NOON, "received_on": NOON.date()}


def test_what_was_found_is_named_with_its_number_and_amounts(world):
    with planted(NOTES[1], world):
        [difference] = found(notes=True)[TWICE].first

    assert difference.text == f"{world.fee.number}: holding 19000 cents for a fee of 9500"


def test_what_went_back_is_no_longer_paid_twice(world):
    both = Fault("", set(), lambda w: paid_again(w) + refund(w, 9500), notes=True)

    with planted(Fault("", set(), lambda w: paid_again(w)), world):
        PaymentFactory(fee=world.fee, amount=Decimal("1.00"))
        assert TWICE in found(notes=True)
    assert both.finds == set()


# --- The doctor ---


@pytest.fixture
def told(settings):
    switch_on(settings)
    return lambda: [(one.level.value, one.told) for one in data.fees(NOON)]


def test_off_the_doctor_says_nothing(db):
    assert list(data.fees(NOON)) == []


def test_all_is_well(told):
    FeeFactory(paid=True)

    assert told() == [("ok", "on, paid by offline; every payment belongs to a fee")]


def test_a_schedule_without_an_amount_is_told(settings, db):
    settings.FEES = True
    FeeRateFactory(kind=FeeKind.APPLICATION, amount=None, reduced=None)

    [finding] = data.fees(NOON)

    assert finding.told == "on, but the schedule has no amount for: Application fee, Reinstatement fee"


def test_money_of_nobody_is_a_problem(told):
    PaymentEventFactory(outcome=EventOutcome.UNKNOWN)

    assert told() == [("problem", "1 payments that match no fee")]


def test_money_for_nothing_is_a_warning(told):
    PaymentFactory(fee=FeeFactory(paid=True))
    FeeFactory(declaration=DeclarationFactory(state=State.RETURNED), paid=True)

    assert told() == [("warning", "2 paid twice, or for a declaration that is not submitted")]


def test_money_that_came_back_from_the_bank_is_a_warning(told):
    RefundFactory(there=True, payment=FeeFactory(paid=True).payments.get(), state=RefundState.REFUSED)

    assert told() == [("warning", "1 refunds returned by the bank")]


# --- The settings ---


def problems(settings, **on):
    for name, value in {"FEES": True, **on}.items():
        setattr(settings, name, value)
    try:
        call_command("check")
    except CommandError as refusal:
        return str(refusal)
    return ""


KEYS = {"STRIPE_SECRET_KEY": "sk", "STRIPE_WEBHOOK_SECRET": "whsec"}


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ({"PAYMENT_GATEWAY": "paypal"}, "Set it to 'offline' or 'stripe'"),
        ({"PAYMENT_GATEWAY": "stripe", **KEYS, "STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY is empty"),
        ({"PAYMENT_GATEWAY": "stripe", **KEYS, "STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET is empty"),
        ({"FEE_CURRENCY": "jpy"}, "FEE_CURRENCY is 'jpy'"),
        ({"FEE_CURRENCY": "dollar"}, "FEE_CURRENCY is 'dollar'"),
    ],
)
def test_settings_that_cannot_work_are_told_at_the_start(settings, on, said):
    assert said in problems(settings, **on)


@pytest.mark.parametrize(
    "on", [{}, {"PAYMENT_GATEWAY": "stripe", **KEYS}, {"FEES": False, "PAYMENT_GATEWAY": "paypal"}]
)
def test_settings_that_can_work_are_not(settings, on):
    assert problems(settings, **on) == ""


@pytest.mark.parametrize(("hour", "finds"), [(11, set()), (1, set()), (-1, {WAITING})])
def test_a_refund_waits_from_the_next_day_of_the_board(world, hour, finds):
    promised = NOON.replace(hour=0) + timedelta(hours=hour)
    fault = Fault("", finds, lambda w: refund(w, 100, "promised", f"'{promised}'"), notes=True)

    assert found_in(fault, world) == finds
