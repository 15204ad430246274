"""When the holder may correct a credit that was declared."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.enums import Role
from credentials.enums import Unit
from declarations import actions
from education import actions as education_actions
from tests.factories import (
    AllocationFactory,
    AttestationFactory,
    CreditFactory,
    HolderUserFactory,
    KindUnitFactory,
    UserFactory,
    complete_cycle,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("America/Chicago"))


@pytest.fixture
def declared():
    """A submitted declaration in which a credit of the holder's own counts."""
    with time_machine.travel(AT, tick=False):
        cycle = complete_cycle()
        AllocationFactory(cycle=cycle, credit=CreditFactory(holder=cycle.holder, self_recorded=True))
        user = HolderUserFactory(holder=cycle.holder)
        yield actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=AT)


def corrected(declaration):
    credit = declaration.holder.credits.get(provider=None)
    kind = KindUnitFactory(kind=credit.kind, unit=Unit.CONTACT_HOUR).kind
    said = education_actions.NewCredit(
        title="Chemistry, corrected",
        provider_name=credit.provider_name,
        kind=kind,
        subjects=credit.subjects,
        completed_on=credit.completed_on,
        unit=Unit.CONTACT_HOUR,
        quantity=Decimal("2"),
    )
    return education_actions.edit(credit=credit, said=said, by=declaration.holder.user, at=AT).title


@pytest.mark.parametrize("decide", [actions.deny, actions.send_back])
def test_what_the_board_gave_back_may_be_corrected(declared, decide):
    decide(declaration=declared, by=UserFactory(roles=[Role.REVIEWER]), at=AT, note="One title is wrong.")

    assert corrected(declared) == "Chemistry, corrected"


def test_what_the_holder_took_back_may_be_corrected(declared):
    actions.withdraw(declaration=declared, by=declared.holder.user, at=AT)

    assert corrected(declared) == "Chemistry, corrected"


def test_what_is_declared_stays(declared):
    with pytest.raises(education_actions.CreditRefused, match="part of a declaration"):
        corrected(declared)


def test_what_was_renewed_with_stays(declared):
    actions.approve(declaration=declared, by=UserFactory(roles=[Role.REVIEWER]), at=AT)

    with pytest.raises(education_actions.CreditRefused, match="part of a declaration"):
        corrected(declared)
