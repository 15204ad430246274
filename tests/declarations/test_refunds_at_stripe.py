"""Refunds made on the payment service's own dashboard: they enter the books, once, however they are heard of."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils.translation import override

from accounts.enums import Role
from accounts.models import Alert
from cmp_portal.lib import clock
from declarations import actions
from declarations.actions.refunds import settle_refund
from declarations.enums import EventOutcome, FeeState, RefundState
from declarations.models import Payment, PaymentEvent, Refund
from declarations.queries import export_of, fee_page
from tests.declarations.charging import comes_back, later, pays, state_of, writes
from tests.declarations.test_refunds_by_stripe import pay_back
from tests.factories import RefundFactory, UserFactory
from tests.planting import found
from tests.stripe_server import message

pytestmark = pytest.mark.django_db
DONE, PROMISED, REFUSED = RefundState.DONE, RefundState.PROMISED, RefundState.REFUSED


@pytest.fixture
def payment(holder, fee, stripe):
    pays(holder, fee)
    stripe.pay()
    comes_back(holder, fee)
    return Payment.objects.get()


def says(client, refund, kind="refund.created", event=None):
    """The service writes of a refund as it is now."""
    return writes(client, message(dict(refund), kind, event=event or f"evt_{kind}_{refund['id']}")).status_code


def swept():
    return actions.reconcile_payments(at=later())


def books():
    """Each refund: how much, how it stands, what the service calls it, whether it is ours."""
    rows = Refund.objects.order_by("reference")
    return [(str(one.amount), one.state, one.reference, "here" if one.by_id else "there") for one in rows]


def alerts():
    return list(Alert.objects.shown().filter(key__startswith="refund:").order_by("id").values_list("title", flat=True))


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
    assert alerts() == ["Paid back: USD 20.00"]


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


def outcomes():
    return list(PaymentEvent.objects.filter(kind__startswith="refund").order_by("id").values_list("outcome", flat=True))


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
    assert on_its_way[2][-1] == "USD 95.00 is on its way back: made at Stripe (re_1)"
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


# --- Come back ---


def test_done_and_then_sent_back_by_the_bank_the_money_is_here_again(holder, payment, fee, stripe):
    says(holder, stripe.refund_by_hand(9500))

    says(holder, stripe.send_back(), "refund.failed")

    assert (books(), state_of(fee)[0]) == ([("95.00", REFUSED, "re_1", "there")], FeeState.PAID)
    assert alerts() == ["USD 95.00 could not be paid back"]
    assert fee_page(fee).happened[-1].value == "USD 95.00 could not be paid back; the Board has it again"


def test_one_of_ours_that_is_sent_back_is_told_and_may_be_made_again(holder, payment, fee, stripe):
    ours = pay_back(payment)
    stripe.send_back(why="lost_or_stolen_card")

    swept()
    ours.refresh_from_db()

    assert (ours.state, ours.said, state_of(fee)[0]) == (REFUSED, "lost_or_stolen_card", FeeState.PAID)
    assert pay_back(payment).state == DONE
    assert (state_of(fee)[0], len(stripe.refunds)) == (FeeState.REFUNDED, 2)


def came_back():
    return [one.text for one in found(notes=True)["refunds that came back"].first]


def test_the_ledger_names_what_came_back_until_it_is_made_again(holder, payment, stripe):
    says(holder, stripe.refund_by_hand(9500, days_ago=1))
    says(holder, stripe.send_back(), "refund.failed")
    before = came_back()

    pay_back(payment)

    assert before == [f"{payment.fee.number}: 9500 cents, re_1"]
    assert "refunds that came back" not in found(notes=True)


def test_sent_back_unheard_of_its_place_is_taken_by_the_next(holder, payment, fee, stripe):
    """The message of the second comes while the first still counts: the sweep takes them in their order."""
    says(holder, stripe.refund_by_hand(9500, days_ago=2))
    stripe.send_back()
    again = stripe.refund_by_hand(9500)

    assert (says(holder, again), outcomes()[-1]) == (200, EventOutcome.LATER)
    assert swept() == 2
    assert [row[1:3] for row in books()] == [(REFUSED, "re_1"), (DONE, "re_2")]
    assert state_of(fee)[0] == FeeState.REFUNDED


def test_one_that_had_failed_before_it_was_heard_of_takes_no_room(holder, payment, fee, stripe):
    stripe.refund_by_hand(9500, days_ago=2)
    stripe.send_back()
    says(holder, stripe.refund_by_hand(9500))

    swept()

    assert [row[1:3] for row in books()] == [(REFUSED, "re_1"), (DONE, "re_2")]
    assert alerts() == ["Paid back: USD 95.00"]


# --- Ours is never counted twice ---


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

    assert (books(), alerts(), swept()) == ([("20.00", DONE, "re_1", "here")], ["Paid back: USD 20.00"], 0)


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


# --- Seen ---


def test_the_desk_says_where_it_was_made_and_why(holder, payment, client, stripe):
    says(holder, stripe.refund_by_hand(2000, reason="requested_by_customer"))
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    page = client.get(reverse("admin:declarations_fee_change", args=[payment.fee_id])).text

    assert "Paid back USD 20.00: made at Stripe (re_1)" in page
    assert "Stripe gives as reason of re_1: requested_by_customer" in page
    assert 'max="75.00"' in page


def test_its_holder_reads_where_it_was_made_and_not_the_services_word(holder, payment, fee, stripe):
    says(holder, stripe.refund_by_hand(2000, reason="fraudulent"))

    page = holder.get(fee.get_absolute_url()).text

    assert ("made at Stripe (re_1)" in page, "fraudulent" in page) == (True, False)


def test_the_desk_leaves_no_more_to_pay_back_than_is_left(payment, holder, stripe):
    says(holder, stripe.refund_by_hand(9000))

    with pytest.raises(actions.FeeRefused, match=r"Of this payment USD 5\.00"), override("en"):
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
