"""Refunds returned by the bank: the Board has the money again."""

import pytest

from declarations.enums import EventOutcome, FeeState
from declarations.queries import fee_page
from tests.declarations.charging import state_of
from tests.declarations.refunding import DONE, REFUSED, alerts, books, outcomes, pay_back, says, swept
from tests.planting import found

pytestmark = pytest.mark.django_db


def test_done_and_then_sent_back_by_the_bank_the_money_is_here_again(holder, payment, fee, stripe):
    says(holder, stripe.refund_by_hand(9500))

    says(holder, stripe.send_back(), "refund.failed")

    assert (books(), state_of(fee)[0]) == ([("95.00", REFUSED, "re_1", "there")], FeeState.PAID)
    assert alerts() == ["USD 95.00 could not be refunded"]
    assert fee_page(fee).happened[-1].value == "USD 95.00 could not be refunded and is back with the Board"


def test_one_of_ours_that_is_sent_back_is_told_and_may_be_made_again(holder, payment, fee, stripe):
    ours = pay_back(payment)
    stripe.send_back(why="lost_or_stolen_card")

    swept()
    ours.refresh_from_db()

    assert (ours.state, ours.said, state_of(fee)[0]) == (REFUSED, "lost_or_stolen_card", FeeState.PAID)
    assert pay_back(payment).state == DONE
    assert (state_of(fee)[0], len(stripe.refunds)) == (FeeState.REFUNDED, 2)


def came_back():
    return [one.text for one in found(notes=True)["refunds that were returned"].first]


def test_the_ledger_names_what_came_back_until_it_is_made_again(holder, payment, stripe):
    says(holder, stripe.refund_by_hand(9500, days_ago=1))
    says(holder, stripe.send_back(), "refund.failed")
    before = came_back()

    pay_back(payment)

    assert before == [f"{payment.fee.number}: 9500 cents, re_1"]
    assert "refunds that were returned" not in found(notes=True)


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
    assert alerts() == ["Refunded: USD 95.00"]
