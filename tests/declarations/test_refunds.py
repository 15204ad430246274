"""Refunds have a reason and never exceed the payment; their back-office pages."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from declarations import actions
from declarations.enums import FeeState, RefundState
from declarations.models import FeeRate, Payment, Refund
from tests.declarations.charging import charged, note
from tests.declarations.reviews import LATER
from tests.factories import RefundFactory
from tests.pages import words_of

pytestmark = pytest.mark.django_db


def pay_back(payment, amount, by, **more):
    said = {"reason": "Paid too much.", "key": uuid4(), "at": LATER, **more}
    return actions.refund(payment=payment, amount=Decimal(amount), by=by, **said)


# --- Paid back ---


@pytest.fixture
def payment(fees_on, registrar):
    return note(charged(), registrar)


def test_part_of_it_leaves_the_fee_paid(payment, registrar):
    refund = pay_back(payment, "15.00", registrar)
    payment.fee.refresh_from_db()

    assert (refund.state, payment.fee.state) == (RefundState.DONE, FeeState.PAID)


def test_all_of_it_in_two_parts_makes_it_refunded(payment, registrar):
    pay_back(payment, "15.00", registrar)
    pay_back(payment, "80.00", registrar)
    payment.fee.refresh_from_db()

    assert payment.fee.state == FeeState.REFUNDED


@pytest.mark.parametrize("amount", ["95.01", "0", "-1", "1000000"])
def test_never_more_than_was_paid(payment, registrar, amount):
    with pytest.raises(actions.FeeRefused, match=r"Up to USD 95\.00 of this payment can be refunded"):
        pay_back(payment, amount, registrar)


def test_nothing_is_left_to_be_paid_back_twice(payment, registrar):
    pay_back(payment, "95.00", registrar)

    with pytest.raises(actions.FeeRefused, match=r"This payment has been refunded in full\."):
        pay_back(payment, "95.00", registrar)


def test_what_is_promised_is_not_promised_again(payment, registrar):
    RefundFactory(payment=payment, amount=Decimal("90.00"))

    with pytest.raises(actions.FeeRefused, match=r"Up to USD 5\.00 of this payment can be refunded"):
        pay_back(payment, "10.00", registrar)


def test_never_more_than_is_left(payment, registrar):
    pay_back(payment, "90.00", registrar)

    with pytest.raises(actions.FeeRefused, match=r"Up to USD 5\.00 of this payment can be refunded"):
        pay_back(payment, "5.01", registrar)


@pytest.mark.parametrize("other", [{"amount": "20.00"}, {"reason": "Paid twice."}])
def test_another_refund_from_the_same_page_is_not_taken_for_the_first(client, payment, registrar, other):
    client.force_login(registrar)
    address = reverse("admin:declarations_fee_refund", args=[payment.fee_id, payment.pk])
    said = {"amount": "15.00", "reason": "Paid too much.", "key": uuid4()}
    client.post(address, said)

    refused = client.post(address, said | other)
    [form] = [form for _line, form in refused.context["refunds"]]
    client.post(address, said | other | {"key": form["key"].value()})

    assert (refused.status_code, form.non_field_errors()) == (
        422,
        [
            "A refund of USD 15.00 was already made from this page, and this one was not. If you want this one as"
            " well, send it again."
        ],
    )
    assert Refund.objects.count() == 2


@pytest.mark.parametrize("other", [{"reference": "check 8"}, {"note": "By post."}])
def test_another_payment_from_the_same_page_is_not_taken_for_the_first(client, fees_on, registrar, other):
    client.force_login(registrar)
    address = reverse("admin:declarations_fee_note_payment", args=[charged().pk])
    said = {"reference": "check 7", "note": "", "key": uuid4()}
    client.post(address, said, follow=True)

    answer = client.post(address, said | other)

    refusal, *given_back = words_of(answer)
    assert refusal == "The payment “check 7” was already recorded from this page. This one was not."
    assert given_back == [f"You wrote: {text}" for text in [(said | other)["reference"], other.get("note")] if text]
    assert Payment.objects.get().reference == "check 7"


def test_a_refund_needs_its_reason(payment, registrar):
    with pytest.raises(actions.FeeRefused, match="reason"):
        pay_back(payment, "1.00", registrar, reason=" ")


def test_others_pay_nothing_back(payment, reviewer):
    with pytest.raises(actions.FeeRefused, match="not allowed"):
        pay_back(payment, "1.00", reviewer)


def test_the_holder_reads_why(payment, registrar, client):
    pay_back(payment, "15.00", registrar, reason="You qualified for the reduced rate.")
    client.force_login(payment.fee.holder.user)

    page = client.get(payment.fee.get_absolute_url()).text

    assert "Refunded USD 15.00: You qualified for the reduced rate." in page


# --- The back office ---


def test_the_desk_notes_and_pays_back(fees_on, client, registrar):
    fee = charged()
    client.force_login(registrar)
    said = {"reference": "check 7", "key": uuid4()}

    client.post(reverse("admin:declarations_fee_note_payment", args=[fee.pk]), said)
    payment = Payment.objects.get(fee=fee)
    address = reverse("admin:declarations_fee_refund", args=[fee.pk, payment.pk])
    client.post(address, {"amount": "95.00", "reason": "Paid twice.", "key": uuid4()})

    fee.refresh_from_db()
    assert (fee.state, Refund.objects.get().reason) == (FeeState.REFUNDED, "Paid twice.")


@pytest.mark.parametrize("amount", ["", " ", "0", "-1", "0.005", "95.001", "12,50", "1e9", "9999999999", "ten"])
def test_the_desk_refuses_what_is_no_amount(fees_on, client, registrar, amount):
    payment = note(charged(), registrar)
    client.force_login(registrar)
    address = reverse("admin:declarations_fee_refund", args=[payment.fee_id, payment.pk])

    answer = client.post(address, {"amount": amount, "reason": "Paid twice.", "key": uuid4()})

    ((_line, form),) = answer.context["refunds"]
    assert (answer.status_code, Refund.objects.count()) == (422, 0)
    assert form.errors == {"amount": ["Enter an amount above 0 with at most two decimals, such as 12.50."]}
    assert form["reason"].value() == "Paid twice."
    assert form["amount"].aria_describedby == f"payment-{payment.pk}-amount_helptext payment-{payment.pk}-amount_error"
    assert "At most USD 95.00." in answer.text


def test_a_refused_refund_is_told_where_it_was_asked(fees_on, client, registrar):
    payment = note(charged(), registrar)
    client.force_login(registrar)
    address = reverse("admin:declarations_fee_refund", args=[payment.fee_id, payment.pk])

    answer = client.post(address, {"amount": "95.01", "reason": "Paid twice.", "key": uuid4()})

    ((_line, form),) = answer.context["refunds"]
    assert form.non_field_errors() == ["Up to USD 95.00 of this payment can be refunded."]
    assert form["reason"].value() == "Paid twice."


def test_what_was_noted_meanwhile_is_told_on_a_page_that_is_old(fees_on, client, registrar):
    payment = note(charged(), registrar)
    client.force_login(registrar)
    address = reverse("admin:declarations_fee_note_payment", args=[payment.fee_id])

    answer = client.post(address, {"reference": "check 8", "key": uuid4()})

    assert words_of(answer) == ["This fee is already “Paid”.", "You wrote: check 8"]


def test_the_registrar_changes_the_schedule(fees_on, client, registrar):
    client.force_login(registrar)
    said = {"kind": "application", "family": "", "applies_from": "2027-01-01", "amount": "110.00", "reduced": ""}

    client.post(reverse("admin:declarations_feerate_add"), said)

    assert FeeRate.objects.get(applies_from=date(2027, 1, 1)).amount == Decimal("110.00")
