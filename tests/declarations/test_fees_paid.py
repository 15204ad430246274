"""Paying a fee by invoice, while its declaration proceeds."""

from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Alert
from declarations import actions
from declarations.enums import FeeState, Grounds, Move, State
from declarations.models import Waiting
from tests.declarations.charging import charged, note, submit
from tests.declarations.reviews import AT, LATER
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def waiting(fee):
    """What a paid fee says as long as its declaration is not submitted."""
    return list(Alert.objects.shown().filter(key__startswith=f"paid:{fee.pk}:").values_list("body", flat=True))


# --- Paid by invoice ---


def test_staff_notes_what_came_in(fees_on, registrar):
    fee = charged()

    payment = note(fee, registrar)
    fee.refresh_from_db()

    assert (fee.state, fee.paid_at, payment.amount, payment.by) == (FeeState.PAID, LATER, fee.amount, registrar)


def test_the_queue_flags_what_is_not_paid(fees_on, registrar):
    fee = charged()
    before = Waiting.objects.get(pk=fee.declaration_id).flags

    note(fee, registrar)

    assert (before, Waiting.objects.get(pk=fee.declaration_id).flags) == (["unpaid"], [])


def test_the_queue_mended_says_the_same(fees_on):
    fee = charged()

    assert actions.mend_queue() == 0
    assert Waiting.objects.get(pk=fee.declaration_id).flags == ["unpaid"]


def test_noted_twice_by_one_form_it_is_one_payment(fees_on, registrar):
    fee, key = charged(), uuid4()

    assert note(fee, registrar, key=key) == note(fee, registrar, key=key)


def test_what_is_paid_is_not_noted_once_more(fees_on, registrar):
    fee = charged()
    note(fee, registrar)

    with pytest.raises(actions.FeeRefused, match="already “Paid”"):
        note(fee, registrar)


def test_a_payment_needs_its_number(fees_on, registrar):
    with pytest.raises(actions.FeeRefused, match="check or transfer number"):
        note(charged(), registrar, reference=" ")


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR, Role.HOLDER])
def test_others_note_nothing(fees_on, role):
    with pytest.raises(actions.FeeRefused, match="not allowed"):
        note(charged(), UserFactory(roles=[role]))


def test_nobody_notes_their_own(fees_on):
    fee = charged()
    user = fee.holder.user
    user.roles = [Role.HOLDER, Role.REGISTRAR]
    user.save()

    with pytest.raises(actions.FeeRefused, match="not allowed"):
        note(fee, user)


# --- The declaration beside it ---


def test_the_board_approves_once_the_fee_is_paid(fees_on, registrar, reviewer):
    fee = charged()

    with pytest.raises(actions.MoveRefused, match=r"USD 95\.00 is not paid"):
        actions.approve(declaration=fee.declaration, by=reviewer, at=LATER)
    note(fee, registrar)

    assert actions.approve(declaration=fee.declaration, by=reviewer, at=LATER).state == State.ELIGIBLE


def refusals(client, declaration):
    """Why what the page offers can't be done yet."""
    with time_machine.travel(LATER, tick=False):
        answer = client.get(reverse("admin:declarations_declaration_change", args=[declaration.pk]))
    return {one.label: one.refusal for one in answer.context["page"].decisions}


def test_approving_is_not_offered_before_the_fee_is_paid(fees_on, registrar, reviewer, client):
    fee = charged()
    client.force_login(reviewer)
    unpaid = refusals(client, fee.declaration)

    note(fee, registrar)

    assert unpaid["Approve"] == "Its fee of USD 95.00 is not paid yet."
    assert refusals(client, fee.declaration)["Approve"] == ""


def test_overturning_is_not_offered_before_the_fee_is_paid(fees_on, reviewer, client):
    declaration = charged().declaration
    actions.deny(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER, note="No.")
    letter = {"grounds": Grounds.OTHER, "letter": "It was signed."}
    actions.appeal(declaration=declaration, by=declaration.holder.user, at=LATER, **letter)
    client.force_login(reviewer)

    assert refusals(client, declaration) == {
        "Uphold the denial": "",
        "Overturn it and approve": "Its fee of USD 95.00 is not paid yet.",
    }


def test_overturning_waits_for_the_fee(fees_on, registrar, reviewer):
    fee = charged()
    declaration = fee.declaration
    actions.deny(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER, note="No.")
    letter = {"grounds": Grounds.OTHER, "letter": "It was signed."}
    actions.appeal(declaration=declaration, by=declaration.holder.user, at=LATER, **letter)
    overturns = {"declaration": declaration, "by": reviewer, "at": LATER, "note": "It was signed."}

    with pytest.raises(actions.MoveRefused, match="is not paid yet"):
        actions.overturn(**overturns)

    note(fee, registrar)
    assert actions.overturn(**overturns).state == State.ELIGIBLE


def test_the_board_may_choose_not_to_wait(fees_on, reviewer, settings):
    settings.FEES_BEFORE_APPROVAL = False

    assert actions.approve(declaration=charged().declaration, by=reviewer, at=LATER).state == State.ELIGIBLE


RETURNED = "The fee is paid, but the Board returned your declaration. Make the requested changes, then submit it again."
WITHDRAWN = "The fee is paid, but you withdrew the declaration. The Board can see this and decides on a refund."


def test_a_paid_fee_asks_for_its_declaration_until_it_is_submitted(fees_on, registrar, reviewer):
    fee = charged()
    note(fee, registrar)
    told = [waiting(fee)]

    for _time in range(2):
        actions.send_back(declaration=fee.declaration, by=reviewer, at=LATER, note="One is missing.")
        told.append(waiting(fee))
        submit(fee.declaration.cycle, at=LATER)
        told.append(waiting(fee))

    assert told == [[], [RETURNED], [], [RETURNED], []]


def test_paid_after_the_return_it_asks_too(fees_on, registrar, reviewer):
    fee = charged()
    actions.send_back(declaration=fee.declaration, by=reviewer, at=LATER, note="One is missing.")

    note(fee, registrar)

    assert waiting(fee) == [RETURNED]


@pytest.mark.parametrize("is_paid_first", [True, False])
def test_paid_and_withdrawn_the_holder_is_told(fees_on, registrar, is_paid_first):
    fee = charged()
    if is_paid_first:
        note(fee, registrar)
    actions.withdraw(declaration=fee.declaration, by=fee.holder.user, at=LATER)
    if not is_paid_first:
        note(fee, registrar)

    assert waiting(fee) == [WITHDRAWN]


def test_returned_and_not_paid_it_says_nothing_of_the_kind(fees_on, reviewer):
    fee = charged()

    actions.send_back(declaration=fee.declaration, by=reviewer, at=LATER, note="One is missing.")

    assert waiting(fee) == []


def test_the_board_finds_what_is_paid_and_not_submitted(fees_on, client, registrar):
    fee, other = charged(), charged()
    note(fee, registrar)
    note(other, registrar)
    actions.withdraw(declaration=fee.declaration, by=fee.holder.user, at=LATER)
    client.force_login(registrar)

    found = client.get(reverse("admin:declarations_fee_changelist"), {"declaration": "missing"}).text
    page = client.get(reverse("admin:declarations_fee_change", args=[fee.pk])).text

    assert (fee.number in found, other.number in found) == (True, False)
    assert "Paid, but its declaration is “Withdrawn”. Ask for the declaration, or refund the payment." in page


def test_the_page_of_a_fee_leads_back_to_the_list_as_it_was_filtered(fees_on, client, registrar):
    client.force_login(registrar)
    fee, filters = charged(), "?_changelist_filters=state__exact%3Ddue"
    here = reverse("admin:declarations_fee_change", args=[fee.pk]) + filters

    page = client.get(here).text
    note_url = reverse("admin:declarations_fee_note_payment", args=[fee.pk]) + filters
    noted = client.post(note_url, {"reference": "Check 1", "key": str(uuid4())})
    paid = client.get(here).text

    assert f'href="{reverse("admin:declarations_fee_changelist")}?state__exact=due">Fees<' in page
    assert (f'action="{note_url}"' in page, noted.url) == (True, here)
    assert f'action="{reverse("admin:declarations_fee_refund", args=[fee.pk, fee.payments.get().pk])}{filters}"' in paid


def test_withdrawn_nothing_is_due(fees_on):
    fee = charged()

    actions.withdraw(declaration=fee.declaration, by=fee.holder.user, at=LATER)
    fee.refresh_from_db()

    assert fee.state == FeeState.DROPPED
    assert not Alert.objects.shown().filter(key=f"fee:{fee.pk}").exists()


def test_money_for_a_declaration_that_was_withdrawn_is_kept_on_record(fees_on, registrar):
    fee = charged()
    actions.withdraw(declaration=fee.declaration, by=fee.holder.user, at=LATER)

    note(fee, registrar)
    fee.refresh_from_db()

    assert fee.state == FeeState.PAID


def test_a_new_declaration_has_a_new_fee(fees_on):
    fee = charged()
    actions.withdraw(declaration=fee.declaration, by=fee.holder.user, at=AT)

    again = submit(fee.declaration.cycle)

    assert again.fee != fee and again.steps.filter(move=Move.SUBMIT).count() == 1
