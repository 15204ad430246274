"""Refunds made on the payment service's dashboard are recorded once, however they are reported."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils.translation import override

from accounts.enums import Role
from accounts.models import Alert
from cmp_portal.lib import clock
from declarations import actions
from declarations.enums import EventOutcome, FeeState
from declarations.models import PaymentEvent, Refund
from declarations.queries import export_of, fee_page
from tests.declarations.charging import pays, state_of, writes
from tests.declarations.refunding import DONE, PROMISED, REFUSED, alerts, books, outcomes, pay_back, says, swept
from tests.factories import UserFactory
from tests.stripe_server import message

pytestmark = pytest.mark.django_db


def by_message(client, refund):
    assert says(client, refund) == 200


def by_sweep(client, refund):
    swept()


WAYS = [by_message, by_sweep]


def rows():
    """How many lines of history, messages and alerts there are."""
    return [model.objects.count() for model in (Refund.pgh_event_model, PaymentEvent, Alert)]


# --- Made there ---


@pytest.mark.parametrize("way", WAYS)
def test_each_way_leads_into_the_books(holder, payment, fee, stripe, way):
    way(holder, stripe.refund_by_hand(2000))

    assert (books(), state_of(fee)[0]) == ([("20.00", DONE, "re_1", "there")], FeeState.PAID)
    assert alerts() == ["Refunded: USD 20.00"]


@pytest.mark.parametrize("second", WAYS)
@pytest.mark.parametrize("first", WAYS)
def test_one_way_after_the_other_leads_to_the_same_refund(holder, payment, stripe, first, second):
    made = stripe.refund_by_hand(2000)

    first(holder, made)
    second(holder, made)

    assert (books(), len(alerts())) == ([("20.00", DONE, "re_1", "there")], 1)


def test_all_of_it_makes_the_fee_refunded(holder, payment, fee, stripe):
    says(holder, stripe.refund_by_hand(9500))

    assert state_of(fee)[0] == FeeState.REFUNDED


def test_several_of_one_payment_are_several(holder, payment, fee, stripe):
    for cents in (2000, 3000, 4500):
        says(holder, stripe.refund_by_hand(cents))

    assert [row[0] for row in books()] == ["20.00", "30.00", "45.00"]
    assert state_of(fee)[0] == FeeState.REFUNDED


def test_the_sweep_reads_every_page_and_twice_changes_nothing(holder, payment, fee, stripe):
    stripe.page = 2
    for _time in range(5):
        stripe.refund_by_hand(1900)

    assert [swept() for _time in range(2)] == [5, 0]
    assert (len(books()), state_of(fee)[0]) == (5, FeeState.REFUNDED)


def test_the_sweep_that_finds_nothing_new_writes_nothing(holder, payment, stripe):
    stripe.refund_by_hand(2000)
    swept()
    before = rows()

    swept()

    assert rows() == before


def test_the_moment_is_the_one_of_the_service(holder, payment, stripe):
    made = stripe.refund_by_hand(2000, days_ago=3)
    swept()

    assert int(Refund.objects.get().at.timestamp()) == made["created"]


def test_longer_ago_than_the_sweep_looks_it_is_found_when_asked_for(holder, payment, stripe, capsys):
    stripe.refund_by_hand(2000, days_ago=60)
    assert (swept(), books()) == (0, [])

    call_command("reconcile_payments", since=clock.now() - timedelta(days=90))

    assert (capsys.readouterr().out, books()) == ("1 settled\n", [("20.00", DONE, "re_1", "there")])


def test_a_service_that_is_away_is_asked_by_the_next_sweep(holder, payment, stripe):
    stripe.refund_by_hand(2000)
    stripe.is_away = True
    assert (swept(), books()) == (0, [])
    stripe.is_away = False

    assert (swept(), len(books())) == (1, 1)


# --- Messages twice, late, and out of order ---


def test_a_message_sent_again_is_one(holder, payment, stripe):
    made = stripe.refund_by_hand(2000)

    answers = [says(holder, made) for _time in range(3)]

    assert (answers, outcomes(), len(books())) == ([200] * 3, [EventOutcome.APPLIED], 1)


STEPS = [
    ("refund.created", {"status": "pending"}),
    ("refund.updated", {"status": "succeeded"}),
    ("refund.failed", {"status": "failed", "failure_reason": "declined"}),
]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_any_order_they_come_to_the_same(holder, payment, fee, stripe, order):
    made = stripe.refund_by_hand(9500)

    for number in order:
        kind, changed = STEPS[number]
        says(holder, {**made, **changed}, kind)

    assert (books(), state_of(fee)[0]) == ([("95.00", REFUSED, "re_1", "there")], FeeState.PAID)
    assert Refund.objects.get().said == "declined"


def test_on_its_way_it_is_seen_and_counted_when_it_is_done(holder, payment, fee, stripe):
    stripe.becomes = "pending"
    made = stripe.refund_by_hand(9500)
    says(holder, made)
    on_its_way = books()[0][1], state_of(fee)[0], [one.value for one in fee_page(fee).happened]
    made["status"] = "succeeded"

    assert swept() == 1
    assert on_its_way[:2] == (PROMISED, FeeState.PAID)
    assert on_its_way[2][-1] == "A refund of USD 95.00 is on its way: made directly in Stripe (re_1)"
    assert state_of(fee)[0] == FeeState.REFUNDED


def test_a_refund_that_is_cancelled_gives_nothing_back(holder, payment, stripe):
    stripe.becomes = "requires_action"
    made = stripe.refund_by_hand(2000)
    says(holder, made)

    says(holder, {**made, "status": "canceled"}, "refund.updated")

    assert (books()[0][1], Refund.objects.get().said, alerts()) == (REFUSED, "canceled", [])


def test_heard_of_before_its_payment_it_is_left_to_the_sweep(holder, fee, stripe):
    pays(holder, fee)
    stripe.pay()
    made = stripe.refund_by_hand(2000)

    assert (says(holder, made), outcomes(), books()) == (200, [EventOutcome.LATER], [])
    assert swept() == 2
    assert (state_of(fee)[0], books()) == (FeeState.PAID, [("20.00", DONE, "re_1", "there")])


@pytest.mark.parametrize("changed", [{"payment_intent": "pi_other"}, {"payment_intent": None}, {"currency": "eur"}])
def test_of_no_payment_of_ours_nothing_is_written(holder, payment, stripe, changed):
    made = {**stripe.refund_by_hand(2000), **changed}

    assert (says(holder, made), outcomes(), books()) == (200, [EventOutcome.LATER], [])


@pytest.mark.parametrize("missing", ["id", "status", "amount", "created"])
def test_a_refund_without_sense_is_refused(holder, payment, stripe, missing):
    made = stripe.refund_by_hand(2000)
    del made[missing]

    assert writes(holder, message(made, "refund.created")).status_code == 400


# --- Seen ---


def test_the_desk_says_where_it_was_made_and_why(holder, payment, client, stripe):
    says(holder, stripe.refund_by_hand(2000, reason="requested_by_customer"))
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    page = client.get(reverse("admin:declarations_fee_change", args=[payment.fee_id])).text

    assert "Refunded USD 20.00: made directly in Stripe (re_1)" in page
    assert "Reason given by Stripe for re_1: requested_by_customer" in page
    assert 'max="75.00"' in page


def test_its_holder_reads_where_it_was_made_and_not_the_services_word(holder, payment, fee, stripe):
    says(holder, stripe.refund_by_hand(2000, reason="fraudulent"))

    page = holder.get(fee.get_absolute_url()).text

    assert ("made directly in Stripe (re_1)" in page, "fraudulent" in page) == (True, False)


def test_the_desk_leaves_no_more_to_pay_back_than_is_left(payment, holder, stripe):
    says(holder, stripe.refund_by_hand(9000))

    with pytest.raises(actions.FeeRefused, match=r"Up to USD 5\.00 of this payment"), override("en"):
        pay_back(payment, "5.01")


def test_it_is_in_the_export(holder, payment, fee, stripe):
    says(holder, stripe.refund_by_hand(2000))

    (told,) = next(part for part in export_of(fee.holder) if part.name == "refunds")

    assert (told["amount"], told["reference"], told["state"]) == (Decimal("20.00"), "re_1", "done")


def test_the_day_it_was_made_is_in_its_history(holder, payment, stripe):
    stripe.becomes = "pending"
    made = stripe.refund_by_hand(2000)
    says(holder, made)
    says(holder, {**made, "status": "succeeded"}, "refund.updated")

    history = Refund.pgh_event_model.objects.order_by("pgh_id").values_list("state", "by")
    assert list(history) == [("promised", None), ("done", None)]
