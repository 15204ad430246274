"""kill -9 of gunicorn between declaring and paying: neither the declaration nor the payment is lost."""

from datetime import timedelta
from threading import Event, Thread
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Alert
from cmp_portal.lib import clock
from declarations import actions
from declarations.enums import FeeState, RefundState, State
from declarations.models import Checkout, Declaration, Fee, Payment, PaymentEvent, Refund, Step
from faults.cases.f4.forms.declarations import ready_cycle, signed
from faults.web import Answer, Visitor, filled, signed_in, start_web
from faults.world import a_world, until
from tests.declarations.charging import switch_on
from tests.factories import FeeFactory, HolderUserFactory, UserFactory
from tests.stripe_server import SECRET_KEY, WEBHOOK_SECRET, a_stripe_server, message
from tests.stripe_server import signed as signature

WAITS = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '{}'::regclass)"


@pytest.fixture
def stripe(settings, transactional_db):
    with a_stripe_server() as server:
        own = {"PAYMENT_GATEWAY": "stripe", "STRIPE_API_URL": server.url, "STRIPE_CHECKOUT_ORIGIN": server.url}
        server.env = {**own, "STRIPE_SECRET_KEY": SECRET_KEY, "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET}
        switch_on(settings, **server.env)
        yield server


@pytest.fixture
def world(stripe):
    """Processes on the test database, with fees on and a payment service that is ours."""
    where = connection.settings_dict
    host, user = quote(where["HOST"]), quote(where["USER"])
    address = f"postgresql:///{where['NAME']}?host={host}&user={user}"
    with a_world(DATABASE_URL=address, SITE_URL="http://localhost", **stripe.env) as world:
        world.start_cache()
        yield world


@pytest.fixture
def fee(stripe):
    fee = FeeFactory()
    HolderUserFactory(holder=fee.holder)
    return fee


def dies(world, at):
    """The web process, killed in the moment that is waited for, and started again; its new port."""
    until(at, "the moment to be killed in")
    world.kill("web")
    return start_web(world)


def unusable(call):
    """Asks in a thread of its own; nobody will answer."""
    Thread(target=call, daemon=True).start()


def waits_for(table):
    def told():
        with connection.cursor() as cursor:
            cursor.execute(WAITS.format(table))
            return cursor.fetchone()[0]

    return told


def page(name, fee):
    return reverse(f"declarations:{name}", args=[fee.declaration.uuid])


def pays(port, fee) -> Answer:
    return signed_in(fee.holder.user, port).post(page("pay", fee), filled())


def writes(port, body) -> Answer:
    """The payment service, which has no cookies."""
    headers = {"Stripe-Signature": signature(body), "Content-Type": "application/json"}
    return Visitor(port, headers=headers).post(reverse("declarations:payment_webhook"), body)


def in_the_books(fee):
    fee.refresh_from_db()
    return fee.state, Payment.objects.count(), Checkout.objects.filter(ended_at=None).count()


def told_that_it_waits():
    """Whether My Account says that the money is here and the declaration is not."""
    return Alert.objects.shown().filter(key__startswith="paid:").exists()


# --- From the payment back to us ---


def by_message(world, port, fee, stripe):
    assert writes(port, message(stripe.sessions["cs_test_1"])).status == 200


def by_return(world, port, fee, stripe):
    assert signed_in(fee.holder.user, port).get(page("paid", fee)).status == 302


def by_sweep(world, port, fee, stripe):
    Checkout.objects.update(started_at=clock.now() - timedelta(hours=1))
    assert world.finish_command("reconcile_payments") == 0


@pytest.mark.parametrize("way", [by_message, by_return, by_sweep])
def test_killed_while_the_holder_pays_each_way_finds_the_payment(world, stripe, fee, way):
    port = start_web(world)
    assert urlsplit(pays(port, fee).location).path == "/pay/cs_test_1"

    world.kill("web")
    stripe.pay()
    way(world, start_web(world), fee, stripe)

    assert in_the_books(fee) == (FeeState.PAID, 1, 0)


def test_killed_while_the_message_is_written_down_it_is_sent_again(world, stripe, fee):
    port = start_web(world)
    pays(port, fee)
    body = message(stripe.pay())

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE declarations_paymentevent IN SHARE MODE")
        unusable(lambda: writes(port, body))
        port = dies(world, waits_for("declarations_paymentevent"))
        nothing = Payment.objects.count(), PaymentEvent.objects.count()
    answer = writes(port, body)

    assert (nothing, answer.status, in_the_books(fee)) == ((0, 0), 200, (FeeState.PAID, 1, 0))


def test_killed_while_the_return_is_written_down_it_is_come_back_to(world, stripe, fee):
    port = start_web(world)
    pays(port, fee)
    stripe.pay()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE declarations_payment IN SHARE MODE")
        unusable(lambda: signed_in(fee.holder.user, port).get(page("paid", fee)))
        port = dies(world, waits_for("declarations_payment"))
    by_return(world, port, fee, stripe)
    by_message(world, port, fee, stripe)

    assert in_the_books(fee) == (FeeState.PAID, 1, 0)


# --- On the way there ---


def test_killed_while_the_declaration_is_submitted_neither_it_nor_its_fee_is_there_or_both(world, stripe):
    cycle = ready_cycle()
    user = HolderUserFactory(holder=cycle.holder)
    port, where = start_web(world), reverse("declarations:submit", args=[cycle.pk])
    form = filled(**signed(cycle))

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE declarations_step IN SHARE MODE")
        unusable(lambda: signed_in(user, port).post(where, form))
        port = dies(world, waits_for("declarations_step"))
        before = Declaration.objects.count(), Fee.objects.count()
    answer = signed_in(user, port).post(where, form)

    declaration = Declaration.objects.get()
    assert (before, answer.status, declaration.state) == ((0, 0), 302, State.SUBMITTED)
    assert (Fee.objects.get().declaration, Step.objects.count()) == (declaration, 1)


def test_killed_between_the_payment_and_the_submission_neither_is_lost(world, stripe):
    """Paid, returned by the Board, and cut off while it is sent again."""
    cycle = ready_cycle()
    user = HolderUserFactory(holder=cycle.holder)
    port, where = start_web(world), reverse("declarations:submit", args=[cycle.pk])
    signed_in(user, port).post(where, filled(**signed(cycle)))
    fee = Fee.objects.get()
    pays(port, fee)
    stripe.pay()
    actions.send_back(
        declaration=fee.declaration, by=UserFactory(roles=[Role.REVIEWER]), at=clock.now(), note="One is missing."
    )
    by_return(world, port, fee, stripe)
    form = filled(**signed(cycle))

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE declarations_step IN SHARE MODE")
        unusable(lambda: signed_in(user, port).post(where, form))
        port = dies(world, waits_for("declarations_step"))
        before = Declaration.objects.get().state, in_the_books(fee), told_that_it_waits()
    signed_in(user, port).post(where, form)

    assert before == (State.RETURNED, (FeeState.PAID, 1, 0), True)
    assert (Declaration.objects.get().state, in_the_books(fee)) == (State.SUBMITTED, (FeeState.PAID, 1, 0))
    assert (Fee.objects.count(), told_that_it_waits()) == (1, False)


def test_killed_after_the_service_began_and_before_it_answered_there_is_one_checkout(world, stripe, fee):
    port, stripe.holds = start_web(world), Event()
    unusable(lambda: pays(port, fee))
    port = dies(world, lambda: "cs_test_1" in stripe.sessions)
    stripe.holds.set()

    answer = pays(port, fee)

    assert urlsplit(answer.location).path == "/pay/cs_test_1"
    assert (len(stripe.sessions), Checkout.objects.count()) == (1, 1)


# --- On the way back ---


def test_killed_after_the_service_paid_back_and_before_it_said_so_it_pays_once(world, stripe, fee):
    port = start_web(world)
    pays(port, fee)
    stripe.pay()
    by_return(world, port, fee, stripe)
    registrar = signed_in(UserFactory(roles=[Role.REGISTRAR]), port)
    where = reverse("admin:declarations_fee_refund", args=[fee.pk, Payment.objects.get().pk])
    form = filled(amount="95.00", reason="Paid twice.", key=uuid4())

    stripe.holds = Event()
    unusable(lambda: registrar.post(where, form))
    dies(world, lambda: bool(stripe.refunds))
    stripe.holds.set()
    promised = Refund.objects.get().state
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE declarations_refund SET at = at - interval '1 hour'")
        cursor.execute("RESET session_replication_role")
    assert world.finish_command("reconcile_payments") == 0

    assert (promised, Refund.objects.get().state, len(stripe.refunds)) == (RefundState.PROMISED, RefundState.DONE, 1)
    assert in_the_books(fee)[0] == FeeState.REFUNDED


def by_message_of_refund(world, port, stripe):
    assert writes(port, message(stripe.refunds[0], "refund.created", event="evt_refund")).status == 200


def by_sweep_of_refunds(world, port, stripe):
    assert world.finish_command("reconcile_payments") == 0


@pytest.mark.parametrize("way", [by_message_of_refund, by_sweep_of_refunds])
def test_killed_while_a_refund_made_at_the_service_is_written_down_it_enters_once(world, stripe, fee, way):
    port = start_web(world)
    pays(port, fee)
    stripe.pay()
    by_return(world, port, fee, stripe)
    made = stripe.refund_by_hand(9500)
    body = message(made, "refund.created", event="evt_refund")

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE declarations_paymentevent IN SHARE MODE")
        unusable(lambda: writes(port, body))
        port = dies(world, waits_for("declarations_paymentevent"))
        nothing = Refund.objects.count(), PaymentEvent.objects.filter(event="evt_refund").count()
    way(world, port, stripe)
    by_message_of_refund(world, port, stripe)

    refund = Refund.objects.get()
    assert (nothing, refund.state, refund.reference, refund.by) == ((0, 0), RefundState.DONE, "re_1", None)
    assert in_the_books(fee)[0] == FeeState.REFUNDED
