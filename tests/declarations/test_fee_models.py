"""Database constraints of fees, tried in raw SQL."""

from decimal import Decimal

import pytest
from django.db import transaction

from declarations.enums import FeeState, RefundState, State
from declarations.models import Fee
from tests.constraint_violations import Break, copy, delete, each, refused, run, same, tries, update
from tests.factories import (
    CheckoutFactory,
    DeclarationFactory,
    FeeFactory,
    FeeFamilyFactory,
    FeeRateFactory,
    HolderFactory,
    PaymentEventFactory,
    PaymentFactory,
    RefundFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
INVALID = 'pgtrigger: Invalid transition of field "state" from "{}" to "{}" on table {}'


def paid():
    return FeeFactory(paid=True)


IN_PLACE = [
    Break("fee_family_has_a_name", FeeFamilyFactory, "family = ''", "family = 'a'"),
    Break(
        "declarations_feefamily_credential_type_id_key", FeeFamilyFactory, same("credential_type_id"), "source = 'a'"
    ),
    Break("fee_rate_once_a_day", FeeRateFactory, same("kind", "family", "applies_from"), same("kind", "applies_from")),
    Break("fee_rate_kind_is_known", FeeRateFactory, "kind = 'tip'", "kind = 'reinstatement'"),
    Break("fee_rate_amount_is_not_negative", FeeRateFactory, "amount = -1, reduced = NULL", "amount = 0, reduced = 0"),
    Break("fee_rate_reduced_is_no_more", FeeRateFactory, "reduced = amount + 1", "reduced = amount"),
    Break("fee_paid_says_when", FeeFactory, "paid_at = now()", "state = 'dropped'"),
    Break("checkout_one_open_per_fee", CheckoutFactory, same("fee_id"), "reference = 'cs_other'"),
    Break("checkout_reference_is_one", CheckoutFactory, same("reference"), "reference = ''"),
    Break("declarations_checkout_uuid_key", CheckoutFactory, same("uuid"), "url = 'a'"),
    Break("refund_settled_says_when", RefundFactory, "state = 'done'", "state = 'done', settled_at = now()"),
    Break("declarations_refund_uuid_key", RefundFactory, same("uuid"), "said = 'a'"),
]
COPIES = [
    ("fee_is_more_than_nothing", FeeFactory, {"amount": 0}),
    ("fee_currency_has_three_letters", FeeFactory, {"currency": "US"}),
    ("payment_has_reference", PaymentFactory, {"reference": ""}),
    ("payment_is_more_than_nothing", PaymentFactory, {"amount": 0}),
    ("payment_by_hand_says_whose", PaymentFactory, {"by_id": None}),
    ("payment_once_per_reference", lambda: PaymentFactory(gateway="stripe", by=None), {}),
    ("refund_is_more_than_nothing", RefundFactory, {"amount": 0}),
    ("refund_has_reason", RefundFactory, {"reason": ""}),
    ("refund_has_author", lambda: RefundFactory(there=True), {"reference": ""}),
    ("payment_event_once", PaymentEventFactory, {}),
    ("payment_event_outcome_is_known", PaymentEventFactory, {"event": "evt_other", "outcome": "lost"}),
]


@each(IN_PLACE)
def test_constraint_refuses(case):
    row = case.row()

    with refused(case.constraint):
        update(row, case.refused)


@each(IN_PLACE)
def test_constraint_accepts_the_nearest_legal_value(case):
    assert update(case.row(), case.accepted) == 1


@tries(*(name for name, _make, _changed in COPIES))
@pytest.mark.parametrize(("name", "make", "changed"), COPIES, ids=[name for name, _make, _changed in COPIES])
def test_constraint_refuses_a_copy(name, make, changed):
    row = make()

    with refused(name):
        copy(row, **changed)


@tries("declarations_fee_uuid_key", "declarations_fee_declaration_id_key", "declarations_payment_uuid_key")
@tries("declarations_fee_number_key")
def test_a_form_sent_twice_is_one_row():
    payment = PaymentFactory()
    other, another = FeeFactory(), DeclarationFactory(state=State.SUBMITTED)

    with refused("declarations_payment_uuid_key"):
        copy(payment, uuid=str(payment.uuid))
    with refused("declarations_fee_declaration_id_key"):
        copy(payment.fee, number="F-2")
    with refused("declarations_fee_number_key"):
        copy(other, declaration_id=another.pk, holder_id=another.holder_id)
    with refused("declarations_fee_uuid_key"):
        update(other, f"uuid = '{payment.fee.uuid}'")


# --- A fee moves by money alone ---


@tries("Fee.moves")
@pytest.mark.parametrize(
    ("before", "after"), [("due", "refunded"), ("dropped", "due"), ("paid", "due"), ("paid", "dropped")]
)
def test_a_fee_makes_no_other_move(before, after):
    fee = paid() if before == "paid" else FeeFactory()
    if before == "dropped":
        update(fee, "state = 'dropped'")

    with refused(INVALID.format(before, after, "declarations_fee")):
        update(fee, f"state = '{after}'")


@tries("Fee.starts_as_due")
def test_a_fee_starts_as_due_for_its_holders_received_declaration():
    fee = FeeFactory()

    with refused("a new fee is due"):
        copy(fee, state="paid", paid_at=fee.charged_at)
    for changed in ({"holder_id": HolderFactory().pk}, {"declaration_id": DeclarationFactory().pk}):
        with refused("a fee is charged for a received declaration of its holder"):
            copy(fee, **changed)


@tries("Fee.keeps_its_words")
@pytest.mark.parametrize(
    "change", ["amount = 1", "currency = 'eur'", "lines = '[]'", "number = 'F-1'", "charged_at = now()"]
)
def test_an_invoice_is_never_rewritten(change):
    with refused("an invoice is never rewritten"):
        update(FeeFactory(), change)


def test_the_moment_of_payment_stands():
    with refused("an invoice is never rewritten"):
        update(paid(), "paid_at = paid_at + interval '1 day'")


@tries("Fee.paid_by_payments")
@pytest.mark.parametrize("cents", [0, 9499])
def test_a_fee_is_not_paid_without_the_money(cents):
    fee = FeeFactory()
    if cents:
        PaymentFactory(fee=fee, amount=Decimal(cents) / 100)

    with refused("a fee is paid by payments"):
        update(fee, "state = 'paid', paid_at = now()")


@pytest.mark.parametrize("amount", ["94.99", None])
def test_a_fee_is_not_refunded_before_all_of_it_went_back(amount):
    fee = paid()
    if amount:
        refund = RefundFactory(payment=fee.payments.get(), amount=Decimal(amount))
        update(refund, "state = 'done', settled_at = now()")

    with refused("a fee is refunded by refunds"):
        update(fee, "state = 'refunded'")


def test_a_fee_is_refunded_when_all_of_it_went_back():
    fee = paid()
    update(RefundFactory(payment=fee.payments.get(), amount=fee.amount), "state = 'done', settled_at = now()")

    update(fee, "state = 'refunded'")

    assert Fee.objects.get(pk=fee.pk).state == FeeState.REFUNDED


# --- A refund stays within its payment ---


@tries("Refund.stays_within_its_payment")
def test_no_more_goes_back_than_was_paid():
    refund = RefundFactory(amount=Decimal("90.00"))

    with refused("no more is paid back than was paid"):
        copy(refund, amount=501)
    assert copy(refund, amount=500) == 1


def test_what_was_refused_may_be_tried_again():
    refund = RefundFactory(amount=Decimal("90.00"))
    update(refund, "state = 'refused', settled_at = now()")

    assert copy(refund, state="promised", settled_at=None) == 1


@pytest.mark.parametrize(
    ("cents", "state", "fits"), [(501, "done", False), (500, "done", True), (9500, "refused", True)]
)
def test_what_was_made_there_stays_within_its_payment_too(cents, state, fits):
    refund = RefundFactory(there=True, amount=Decimal("90.00"))
    changed = {"amount": cents, "state": state, "reference": "re_other"}

    if fits:
        assert copy(refund, **changed) == 1
    else:
        with refused("no more is paid back than was paid"):
            copy(refund, **changed)


def test_what_was_made_there_is_a_fact_whatever_is_promised_here():
    promised = RefundFactory(amount=Decimal("90.00"))

    assert copy(promised, by_id=None, reason="", reference="re_1", state="done", settled_at=promised.at) == 1


def test_a_refund_of_ours_starts_as_a_promise():
    refund = RefundFactory()

    with refused("a new refund is promised"):
        copy(refund, state="done", settled_at=refund.at)


@tries("Refund.moves")
@pytest.mark.parametrize("state", [RefundState.PROMISED, RefundState.DONE])
def test_a_refund_goes_one_way(state):
    refund = RefundFactory()
    for before in ("done", "refused"):
        update(refund, f"state = '{before}', settled_at = now()")

    with refused(INVALID.format("refused", state, "declarations_refund")):
        update(refund, f"state = '{state}'")


@pytest.mark.parametrize("author", ["NULL", "(SELECT MIN(id) FROM accounts_user)"])
def test_who_made_a_refund_stands(author):
    refund = RefundFactory(there=author != "NULL", reference="re_1")
    UserFactory()

    with refused("a refund is never rewritten"):
        update(refund, f"by_id = {author}")


@tries("Refund.keeps_its_words")
@pytest.mark.parametrize(
    "change", ["amount = 1", "reason = 'Another.'", "at = at + interval '1 day'", "reference = 're_2'"]
)
def test_a_refund_is_never_rewritten(change):
    with refused("a refund is never rewritten"):
        update(RefundFactory(reference="re_1"), change)


@tries("Fee.is_kept", "Checkout.is_kept", "Refund.is_kept")
@pytest.mark.parametrize("make", [FeeFactory, CheckoutFactory, RefundFactory])
def test_what_is_about_money_cannot_be_removed(make):
    row = make()

    with refused(f"pgtrigger: Cannot delete rows from {row._meta.db_table} table"):
        delete(row)


@tries(*(f"{name}.never_truncated" for name in ("Fee", "FeeFamily", "FeeRate", "Refund")))
@pytest.mark.parametrize("make", [FeeFactory, FeeFamilyFactory, FeeRateFactory, RefundFactory])
def test_what_is_about_money_is_never_truncated(make):
    table = make()._meta.db_table

    with pytest.raises(Exception, match=r"never truncated|append-only"), transaction.atomic():
        run(f"TRUNCATE {table} CASCADE")


@tries("Payment.append_only", "PaymentEvent.append_only")
@pytest.mark.parametrize("make", [PaymentFactory, PaymentEventFactory])
def test_what_came_in_cannot_change_or_be_removed(make):
    row = make()

    for change in (lambda: update(row, "amount = 1"), lambda: delete(row)):
        with refused(f"pgtrigger: Cannot update or delete rows from {row._meta.db_table} table"):
            change()
