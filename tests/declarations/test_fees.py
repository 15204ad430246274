"""A declaration's fee is charged with its receipt, once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override

from declarations import actions, queries
from declarations.actions.submission import ChangedSince
from declarations.enums import FeeKind, FeeState
from declarations.models import Fee, FeeRate
from tests.declarations.charging import charged, ready, submit, switch_on
from tests.declarations.reviews import AT, LATER, submitted
from tests.factories import AttestationFactory, FeeFamilyFactory, FeeRateFactory, MlsRequirementSetFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def why(fee, line=0):
    return queries.fee_page(fee).lines[line].why


def test_off_nothing_is_charged(db):
    FeeRateFactory(every=True)

    assert not Fee.objects.filter(declaration=submitted()).exists()


def test_the_receipt_freezes_what_is_charged(fees_on):
    fee = charged()

    assert (fee.state, fee.amount, fee.number) == (FeeState.DUE, Decimal("95.00"), f"F-{fee.declaration.number}")
    assert fee.lines == [
        {"kind": "application", "amount": "95.00", "since": "2020-01-01", "family": "", "second_after": ""}
    ]


def test_a_fee_is_read_in_the_language_of_its_reader(fees_on):
    with override("es"):
        fee = charged()

    (line,) = queries.fee_page(fee).lines

    assert (line.title, line.amount, line.why) == (
        "Application fee",
        "USD 95.00",
        "The rate in effect since 1 January 2020 for every credential.",
    )


def test_a_later_rate_changes_nothing_that_was_charged(fees_on):
    fee = charged()

    FeeRate.objects.filter(kind=FeeKind.APPLICATION).update(amount=Decimal("200.00"))
    fee.refresh_from_db()

    assert fee.total == "USD 95.00"


def test_a_rate_without_an_amount_charges_nothing(settings):
    settings.FEES = True
    FeeRateFactory(every=True, amount=None, reduced=None)

    assert not Fee.objects.filter(declaration=submitted()).exists()


def test_a_reinstatement_is_charged_on_top_with_its_reason(fees_on):
    fee = charged(at=AT + timedelta(days=60))

    assert (fee.amount, [line["kind"] for line in fee.lines]) == (Decimal("145.00"), ["application", "reinstatement"])
    assert why(fee, 1).startswith("Charged in addition to the application fee because the credential has expired")


def test_on_the_last_day_of_the_cycle_nothing_is_charged_on_top(fees_on):
    cycle = ready()

    kinds = [[line.kind for line in queries.fee_to_come(cycle, on=cycle.ends_on + day).lines] for day in (0 * DAY, DAY)]

    assert kinds == [[FeeKind.APPLICATION], [FeeKind.APPLICATION, FeeKind.REINSTATEMENT]]


def test_the_family_of_the_credential_decides(fees_on):
    requirements = MlsRequirementSetFactory(verified=True)
    FeeFamilyFactory(credential_type=requirements.credential_type, family="scientist")
    FeeRateFactory(family="scientist", amount=Decimal("120.00"))

    fee = charged(requirement_set=requirements)

    assert fee.amount == Decimal("120.00")
    assert why(fee) == "The rate in effect since 1 January 2020 for credentials in the family “scientist”."


def test_the_second_of_a_day_costs_less_and_says_why(fees_on):
    first = ready()
    submit(first)
    second = submit(ready(first.holder, ends_on=date(2026, 4, 30)), at=AT + timedelta(hours=3))

    assert (second.fee.amount, second.fee.is_reduced) == (Decimal("40.00"), True)
    assert "after the one for MLS(ASCP)" in why(second.fee)


@pytest.mark.parametrize(("hours", "amount"), [(11, "40.00"), (13, "95.00")])
def test_the_day_is_the_boards(fees_on, hours, amount):
    """AT is noon in Chicago: 11 hours later it is the same day there, and the next one in Greenwich."""
    first = ready()
    submit(first)

    second = submit(ready(first.holder, ends_on=date(2026, 4, 30)), at=AT + timedelta(hours=hours))

    assert second.fee.amount == Decimal(amount)


def test_a_declaration_that_was_withdrawn_makes_no_second_one(fees_on):
    first = submit(ready())
    actions.withdraw(declaration=first, by=first.holder.user, at=AT)

    second = submit(ready(first.holder, ends_on=date(2026, 4, 30)))

    assert second.fee.amount == Decimal("95.00")


def test_submitted_again_after_a_return_it_is_the_same_fee(fees_on, reviewer):
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


def test_who_was_shown_another_fee_signs_nothing(fees_on):
    cycle = ready()
    attestation = AttestationFactory()
    seen = queries.seen_with_fee(queries.to_sign(cycle, attestation).digest, cycle, on=AT.date())
    FeeRate.objects.filter(kind=FeeKind.APPLICATION).update(amount=Decimal("200.00"))

    with pytest.raises(ChangedSince):
        submit(cycle, seen=seen)
