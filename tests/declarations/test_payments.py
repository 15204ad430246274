"""Paying at a fake of Stripe: three ways to learn of a payment, exactly one recorded."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.actions import CompletedWithProblems
from cmp_portal.lib import clock
from declarations import actions
from declarations.models import Checkout
from tests.declarations.charging import DUE, PAID, comes_back, later, pays, state_of, writes
from tests.factories import CheckoutFactory
from tests.stripe_server import message

pytestmark = pytest.mark.django_db


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

    assert "The payment service is not responding. Nothing was paid" in answer.text
    assert state_of(fee) == DUE


def test_a_wrong_key_is_told_as_a_service_that_is_away(holder, fee, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_other"

    assert "is not responding" in pays(holder, fee).client.get(fee.get_absolute_url()).text


def test_by_invoice_alone_there_is_no_way_there(holder, fee, settings):
    online = holder.get(fee.get_absolute_url()).text
    settings.PAYMENT_GATEWAY = "offline"

    page = holder.post(reverse("declarations:pay", args=[fee.declaration.uuid]), follow=True).text

    assert "This fee is paid by invoice." in page
    assert ("Pay USD 95.00 now" in online, "Pay USD 95.00 now" in page) == (True, False)


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

    assert "The payment is not confirmed yet." in page and "Amount due: USD 95.00" in page


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


def test_the_sweep_refuses_a_moment_to_come(stripe):
    with pytest.raises(CommandError, match="--since is in the future; it is 20") as refusal:
        call_command("reconcile_payments", since=clock.now() + timedelta(days=1))

    assert refusal.value.returncode == 2


def test_the_sweep_goes_on_after_a_checkout_it_can_not_settle(holder, fee, stripe):
    pays(holder, fee)
    odd = CheckoutFactory(reference="cs_odd", started_at=clock.now() - timedelta(hours=1))
    stripe.sessions["cs_odd"] = stripe.sessions["cs_test_1"] | {"id": "cs_odd"}
    stripe.pay("cs_odd")["payment_intent"] = None
    stripe.pay()

    with pytest.raises(CompletedWithProblems, match=rf"^1 failed: checkout {odd.pk} ") as told:
        actions.reconcile_payments(at=later())

    assert (told.value.rows, state_of(fee)) == (1, PAID)
    with pytest.raises(CommandError, match=f"checkout {odd.pk}"):
        call_command("reconcile_payments")


@pytest.mark.parametrize("lost", ["payment_status", "status", "url"])
def test_an_answer_that_makes_no_sense_is_as_if_the_service_were_away(holder, fee, stripe, lost):
    pays(holder, fee)
    del stripe.sessions["cs_test_1"][lost]

    assert "The payment is not confirmed yet." in comes_back(holder, fee).text
    assert (actions.reconcile_payments(at=later()), state_of(fee)) == (0, DUE)
