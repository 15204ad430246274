from decimal import Decimal

import pytest

from education.actions import SignedShare, put_back
from tests.education.pairs import shares
from tests.factories import AllocationFactory, CreditFactory, CycleFactory, close

pytestmark = pytest.mark.django_db


def test_a_credit_that_serves_another_cycle_by_now_is_not_put_back(now):
    other = CycleFactory(ended=True)
    moved, stays = (CreditFactory(holder=other.holder) for _one in range(2))
    AllocationFactory(cycle=other, credit=moved)
    close(other)
    cycle = CycleFactory(credential=other.credential, holder=other.holder, requirement_set=other.requirement_set)

    put_back(cycle=cycle, shares=[SignedShare(str(one.uuid), "chemistry", Decimal(1)) for one in (moved, stays)])

    assert sorted(shares()) == sorted([(moved.pk, "chemistry", "2.00"), (stays.pk, "chemistry", "1.00")])
