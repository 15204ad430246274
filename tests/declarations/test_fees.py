"""A fee from the check to the receipt: charged with the receipt, seen before, paid by invoice, paid back."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils.translation import override

from accounts.enums import Role
from accounts.models import Alert
from declarations import actions, queries
from declarations.actions.submission import ChangedSince
from declarations.enums import FeeKind, FeeState, Move, RefundState, State
from declarations.models import Fee, FeeRate, Payment, Refund, Waiting
from tests.declarations.charging import charged, ready, submit, switch_on
from tests.declarations.reviews import AT, LATER, submitted
from tests.factories import (
    AttestationFactory,
    FeeFamilyFactory,
    FeeRateFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def on(settings):
    switch_on(settings)


@pytest.fixture
def registrar():
    return UserFactory(roles=[Role.REGISTRAR])


@pytest.fixture
def reviewer():
    return UserFactory(roles=[Role.REVIEWER])


def note(fee, by, **more):
    said = {"reference": "cheque 7", "note": "", "key": uuid4(), "at": LATER, **more}
    return actions.note_payment(fee=fee, by=by, **said)


def pay_back(payment, amount, by, **more):
    said = {"reason": "Paid too much.", "key": uuid4(), "at": LATER, **more}
    return actions.refund(payment=payment, amount=Decimal(amount), by=by, **said)


def why(fee, line=0):
    return queries.fee_page(fee).lines[line].why


def waiting(fee):
    """What a paid fee says as long as its declaration is not submitted."""
    return list(Alert.objects.shown().filter(key__startswith=f"paid:{fee.pk}:").values_list("body", flat=True))


# --- Charged ---


def test_off_nothing_is_charged(db):
    FeeRateFactory(every=True)

    assert not Fee.objects.filter(declaration=submitted()).exists()


def test_the_receipt_freezes_what_is_charged(on):
    fee = charged()

    assert (fee.state, fee.amount, fee.number) == (FeeState.DUE, Decimal("95.00"), f"F-{fee.declaration.number}")
    assert fee.lines == [
        {"kind": "application", "amount": "95.00", "since": "2020-01-01", "family": "", "second_after": ""}
    ]


def test_a_fee_is_read_in_the_language_of_its_reader(on):
    with override("es"):
        fee = charged()

    (line,) = queries.fee_page(fee).lines

    assert (line.title, line.amount, line.why) == (
        "Application fee",
        "USD 95.00",
        "The rate since 1 January 2020 for every credential.",
    )


def test_a_later_rate_changes_nothing_that_was_charged(on):
    fee = charged()

    FeeRate.objects.filter(kind=FeeKind.APPLICATION).update(amount=Decimal("200.00"))
    fee.refresh_from_db()

    assert fee.total == "USD 95.00"


def test_a_rate_without_an_amount_charges_nothing(settings):
    settings.FEES = True
    FeeRateFactory(every=True, amount=None, reduced=None)

    assert not Fee.objects.filter(declaration=submitted()).exists()


def test_a_reinstatement_is_charged_on_top_with_its_reason(on):
    fee = charged(at=AT + timedelta(days=60))

    assert (fee.amount, [line["kind"] for line in fee.lines]) == (Decimal("145.00"), ["application", "reinstatement"])
    assert why(fee, 1).startswith("On top of the application fee, since the credential has expired")


def test_the_family_of_the_credential_decides(on):
    requirements = MlsRequirementSetFactory(verified=True)
    FeeFamilyFactory(credential_type=requirements.credential_type, family="scientist")
    FeeRateFactory(family="scientist", amount=Decimal("120.00"))

    fee = charged(requirement_set=requirements)

    assert fee.amount == Decimal("120.00")
    assert why(fee) == "The rate since 1 January 2020 for credentials of the family “scientist”."


def test_the_second_of_a_day_costs_less_and_says_why(on):
    first = ready()
    submit(first)
    second = submit(ready(first.holder, ends_on=date(2026, 4, 30)), at=AT + timedelta(hours=3))

    assert (second.fee.amount, second.fee.is_reduced) == (Decimal("40.00"), True)
    assert "after the one for MLS(ASCP)" in why(second.fee)


@pytest.mark.parametrize(("hours", "amount"), [(11, "40.00"), (13, "95.00")])
def test_the_day_is_the_boards(on, hours, amount):
    """AT is noon in Chicago: 11 hours later it is the same day there, and the next one in Greenwich."""
    first = ready()
    submit(first)

    second = submit(ready(first.holder, ends_on=date(2026, 4, 30)), at=AT + timedelta(hours=hours))

    assert second.fee.amount == Decimal(amount)


def test_a_declaration_that_was_withdrawn_makes_no_second_one(on):
    first = submit(ready())
    actions.withdraw(declaration=first, by=first.holder.user, at=AT)

    second = submit(ready(first.holder, ends_on=date(2026, 4, 30)))

    assert second.fee.amount == Decimal("95.00")


def test_submitted_again_after_a_return_it_is_the_same_fee(on, reviewer):
    declaration = submitted()
    actions.send_back(declaration=declaration, by=reviewer, at=LATER, note="One is missing.")

    again = submit(declaration.cycle, at=LATER)

    assert (again.fee, Fee.objects.count()) == (declaration.fee, 1)


def test_submitted_before_there_were_fees_it_costs_what_its_first_day_says(settings, reviewer):
    declaration = submitted()
    actions.send_back(declaration=declaration, by=reviewer, at=LATER, note="One is missing.")
    switch_on(settings)
    FeeRateFactory(every=True, applies_from=LATER.date(), amount=Decimal("200.00"))

    again = submit(declaration.cycle, at=LATER)

    assert again.fee.amount == Decimal("95.00")


def test_who_was_shown_another_fee_signs_nothing(on):
    cycle = ready()
    attestation = AttestationFactory()
    seen = queries.seen_with_fee(queries.to_sign(cycle, attestation).digest, cycle, on=AT.date())
    FeeRate.objects.filter(kind=FeeKind.APPLICATION).update(amount=Decimal("200.00"))

    with pytest.raises(ChangedSince):
        submit(cycle, seen=seen)


# --- Seen ---


@pytest.mark.parametrize("step", ["declare", "confirm"])
def test_the_fee_is_shown_before_anything_is_sent(on, client, step):
    cycle = ready()
    client.force_login(HolderUserFactory(holder=cycle.holder))
    AttestationFactory()

    with time_machine.travel(AT, tick=False):
        answer = client.get(reverse(f"declarations:{step}", args=[cycle.pk]), {"attested": "on"})

    assert "The fee: USD 95.00" in answer.text
    assert "The rate since 1 January 2020 for every credential." in answer.text


def test_off_no_query_is_spent_and_nothing_is_seen(client, django_assert_num_queries, settings):
    declaration = submitted()
    client.force_login(declaration.holder.user)
    client.get(declaration.get_absolute_url())

    def ask():
        with django_assert_num_queries(10) as asked:
            answer = client.get(declaration.get_absolute_url())
        return answer.text, [query["sql"] for query in asked if "declarations_fee" in query["sql"]]

    text, asked = ask()

    assert ("/fee/" in text, asked) == (False, [])


def test_off_again_what_was_charged_is_not_seen(on, client, settings):
    fee = charged()
    settings.FEES = False
    client.force_login(fee.holder.user)

    assert client.get(fee.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("model", ["fee", "feerate", "feefamily"])
def test_off_the_back_office_has_no_desk_for_fees(client, registrar, model):
    client.force_login(registrar)

    desk = client.get(reverse(f"admin:declarations_{model}_changelist"))
    index = client.get(reverse("admin:index")).text

    assert (desk.status_code, f"/admin/declarations/{model}/" in index) == (403, False)


@pytest.mark.parametrize("is_on", [True, False])
def test_the_queue_asks_for_unpaid_ones_where_there_are_fees(client, reviewer, settings, is_on):
    settings.FEES = is_on
    client.force_login(reviewer)

    page = client.get(reverse("admin:declarations_declaration_changelist")).text

    assert ("flag=unpaid" in page) == is_on


def test_the_page_says_what_is_left(on, client):
    fee = charged()
    client.force_login(fee.holder.user)

    texts = [client.get(page).text for page in (fee.declaration.get_absolute_url(), fee.get_absolute_url())]

    assert all("Still to pay: USD 95.00" in text for text in texts)
    assert "The Board approves it once the fee is paid." in texts[1]


@pytest.mark.parametrize("is_paid", [False, True])
def test_my_account_leads_to_what_is_left(on, client, registrar, is_paid, django_assert_max_num_queries):
    fee = charged()
    if is_paid:
        note(fee, registrar)
    client.force_login(fee.holder.user)
    client.get(reverse("account:dashboard"))

    with time_machine.travel(LATER, tick=False), django_assert_max_num_queries(8):
        page = client.get(reverse("account:dashboard")).text

    assert ("Still to pay: USD 95.00. Your declaration is received all the same." in page) != is_paid
    assert ("There is nothing to do now." in page) == is_paid


def test_paid_and_returned_the_page_asks_for_the_declaration(on, client, registrar, reviewer):
    fee = charged()
    note(fee, registrar)
    actions.send_back(declaration=fee.declaration, by=reviewer, at=LATER, note="One is missing.")
    client.force_login(fee.holder.user)

    assert "The fee is paid, but the Board returned your declaration" in client.get(fee.get_absolute_url()).text


@pytest.mark.parametrize(("form", "status"), [("invoice", 200), ("receipt", 404), ("cheque", 404)])
def test_documents_of_a_fee_that_is_due(on, client, form, status):
    fee = charged()
    client.force_login(fee.holder.user)

    answer = client.get(reverse("declarations:fee_document", args=[fee.declaration.uuid, form]))

    assert answer.status_code == status


def test_the_receipt_is_a_document_with_the_same_bytes(on, client, registrar):
    fee = charged()
    note(fee, registrar)
    client.force_login(fee.holder.user)
    address = reverse("declarations:fee_document", args=[fee.declaration.uuid, "receipt"])

    first, second = client.get(address), client.get(address)

    assert first.content.startswith(b"%PDF-") and first.content == second.content


# --- Paid by invoice ---


def test_staff_notes_what_came_in(on, registrar):
    fee = charged()

    payment = note(fee, registrar)
    fee.refresh_from_db()

    assert (fee.state, fee.paid_at, payment.amount, payment.by) == (FeeState.PAID, LATER, fee.amount, registrar)


def test_the_queue_flags_what_is_not_paid(on, registrar):
    fee = charged()
    before = Waiting.objects.get(pk=fee.declaration_id).flags

    note(fee, registrar)

    assert (before, Waiting.objects.get(pk=fee.declaration_id).flags) == (["unpaid"], [])


def test_the_queue_mended_says_the_same(on):
    fee = charged()

    assert actions.mend_queue(on=LATER.date(), at=LATER) == 0
    assert Waiting.objects.get(pk=fee.declaration_id).flags == ["unpaid"]


def test_noted_twice_by_one_form_it_is_one_payment(on, registrar):
    fee, key = charged(), uuid4()

    assert note(fee, registrar, key=key) == note(fee, registrar, key=key)


def test_what_is_paid_is_not_noted_once_more(on, registrar):
    fee = charged()
    note(fee, registrar)

    with pytest.raises(actions.FeeRefused, match="“Paid” already"):
        note(fee, registrar)


def test_a_payment_needs_its_number(on, registrar):
    with pytest.raises(actions.FeeRefused, match="number of the cheque"):
        note(charged(), registrar, reference=" ")


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR, Role.HOLDER])
def test_others_note_nothing(on, role):
    with pytest.raises(actions.FeeRefused, match="may not"):
        note(charged(), UserFactory(roles=[role]))


def test_nobody_notes_their_own(on):
    fee = charged()
    user = fee.holder.user
    user.roles = [Role.HOLDER, Role.REGISTRAR]
    user.save()

    with pytest.raises(actions.FeeRefused, match="may not"):
        note(fee, user)


# --- The declaration beside it ---


def test_the_board_approves_once_the_fee_is_paid(on, registrar, reviewer):
    fee = charged()

    with pytest.raises(actions.MoveRefused, match=r"USD 95\.00 is not paid"):
        actions.approve(declaration=fee.declaration, by=reviewer, at=LATER)
    note(fee, registrar)

    assert actions.approve(declaration=fee.declaration, by=reviewer, at=LATER).state == State.ELIGIBLE


def test_the_board_may_choose_not_to_wait(on, reviewer, settings):
    settings.FEES_BEFORE_APPROVAL = False

    assert actions.approve(declaration=charged().declaration, by=reviewer, at=LATER).state == State.ELIGIBLE


RETURNED = "The fee is paid, but the Board returned your declaration: change what is asked for and submit again."
WITHDRAWN = "The fee is paid, but you withdrew the declaration. The Board sees this, and decides on a refund."


def test_a_paid_fee_asks_for_its_declaration_until_it_is_submitted(on, registrar, reviewer):
    fee = charged()
    note(fee, registrar)
    told = [waiting(fee)]

    for _time in range(2):
        actions.send_back(declaration=fee.declaration, by=reviewer, at=LATER, note="One is missing.")
        told.append(waiting(fee))
        submit(fee.declaration.cycle, at=LATER)
        told.append(waiting(fee))

    assert told == [[], [RETURNED], [], [RETURNED], []]


def test_paid_after_the_return_it_asks_too(on, registrar, reviewer):
    fee = charged()
    actions.send_back(declaration=fee.declaration, by=reviewer, at=LATER, note="One is missing.")

    note(fee, registrar)

    assert waiting(fee) == [RETURNED]


@pytest.mark.parametrize("is_paid_first", [True, False])
def test_paid_and_withdrawn_the_holder_is_told(on, registrar, is_paid_first):
    fee = charged()
    if is_paid_first:
        note(fee, registrar)
    actions.withdraw(declaration=fee.declaration, by=fee.holder.user, at=LATER)
    if not is_paid_first:
        note(fee, registrar)

    assert waiting(fee) == [WITHDRAWN]


def test_returned_and_not_paid_it_says_nothing_of_the_kind(on, reviewer):
    fee = charged()

    actions.send_back(declaration=fee.declaration, by=reviewer, at=LATER, note="One is missing.")

    assert waiting(fee) == []


def test_the_board_finds_what_is_paid_and_not_submitted(on, client, registrar):
    fee, other = charged(), charged()
    note(fee, registrar)
    note(other, registrar)
    actions.withdraw(declaration=fee.declaration, by=fee.holder.user, at=LATER)
    client.force_login(registrar)

    found = client.get(reverse("admin:declarations_fee_changelist"), {"declaration": "missing"}).text
    page = client.get(reverse("admin:declarations_fee_change", args=[fee.pk])).text

    assert (fee.number in found, other.number in found) == (True, False)
    assert "Paid, and its declaration is “Withdrawn”: ask for the declaration, or pay it back." in page


def test_withdrawn_nothing_is_due(on):
    fee = charged()

    actions.withdraw(declaration=fee.declaration, by=fee.holder.user, at=LATER)
    fee.refresh_from_db()

    assert fee.state == FeeState.DROPPED
    assert not Alert.objects.shown().filter(key=f"fee:{fee.pk}").exists()


def test_money_for_a_declaration_that_was_withdrawn_is_kept_on_record(on, registrar):
    fee = charged()
    actions.withdraw(declaration=fee.declaration, by=fee.holder.user, at=LATER)

    note(fee, registrar)
    fee.refresh_from_db()

    assert fee.state == FeeState.PAID


def test_a_new_declaration_has_a_new_fee(on):
    fee = charged()
    actions.withdraw(declaration=fee.declaration, by=fee.holder.user, at=AT)

    again = submit(fee.declaration.cycle)

    assert again.fee != fee and again.steps.filter(move=Move.SUBMIT).count() == 1


# --- Paid back ---


@pytest.fixture
def payment(on, registrar):
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
    with pytest.raises(actions.FeeRefused, match=r"USD 95\.00 can be paid back"):
        pay_back(payment, amount, registrar)


def test_never_more_than_is_left(payment, registrar):
    pay_back(payment, "90.00", registrar)

    with pytest.raises(actions.FeeRefused, match=r"USD 5\.00 can be paid back"):
        pay_back(payment, "5.01", registrar)


def test_a_refund_needs_its_reason(payment, registrar):
    with pytest.raises(actions.FeeRefused, match="reason"):
        pay_back(payment, "1.00", registrar, reason=" ")


def test_others_pay_nothing_back(payment, reviewer):
    with pytest.raises(actions.FeeRefused, match="may not"):
        pay_back(payment, "1.00", reviewer)


def test_the_holder_reads_why(payment, registrar, client):
    pay_back(payment, "15.00", registrar, reason="You qualified for the reduced rate.")
    client.force_login(payment.fee.holder.user)

    page = client.get(payment.fee.get_absolute_url()).text

    assert "Paid back USD 15.00: You qualified for the reduced rate." in page


# --- The back office ---


def test_the_desk_notes_and_pays_back(on, client, registrar):
    fee = charged()
    client.force_login(registrar)
    said = {"reference": "cheque 7", "key": uuid4()}

    client.post(reverse("admin:declarations_fee_note_payment", args=[fee.pk]), said)
    payment = Payment.objects.get(fee=fee)
    address = reverse("admin:declarations_fee_refund", args=[fee.pk, payment.pk])
    client.post(address, {"amount": "95.00", "reason": "Paid twice.", "key": uuid4()})

    fee.refresh_from_db()
    assert (fee.state, Refund.objects.get().reason) == (FeeState.REFUNDED, "Paid twice.")


@pytest.mark.parametrize("amount", ["", "95.001", "1e9", "ten"])
def test_the_desk_refuses_what_is_no_amount(on, client, registrar, amount):
    payment = note(charged(), registrar)
    client.force_login(registrar)
    address = reverse("admin:declarations_fee_refund", args=[payment.fee_id, payment.pk])

    answer = client.post(address, {"amount": amount, "reason": "Paid twice.", "key": uuid4()}, follow=True)

    assert (answer.status_code, Refund.objects.count()) == (200, 0)
    assert "Amount: " in answer.text


def test_the_registrar_changes_the_schedule(on, client, registrar):
    client.force_login(registrar)
    said = {"kind": "application", "family": "", "applies_from": "2027-01-01", "amount": "110.00", "reduced": ""}

    client.post(reverse("admin:declarations_feerate_add"), said)

    assert FeeRate.objects.get(applies_from=date(2027, 1, 1)).amount == Decimal("110.00")
