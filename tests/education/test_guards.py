from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from credentials.models import Cycle
from education.models import Allocation, Credit
from tests.constraint_violations import delete, refused, run, tries, update
from tests.education.shares import (
    APART,
    EXCEED,
    FROZEN,
    TWICE,
    WITHDRAWN,
    credit_and_cycle,
    declared,
    share_of,
    shares_of_one_credit,
)
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderFactory,
    RequirementSetFactory,
    close,
)

# --- Shares: as many as the credit has points -------------------------------------------------------------------------


@tries("Allocation.shares_fit_insert")
def test_share_of_more_than_the_credit_is_refused(db):
    credit, cycle = credit_and_cycle(points=Decimal("2.00"))

    with refused(EXCEED):
        share_of(credit, cycle, points=201)


def test_share_of_all_of_the_credit_is_accepted(db):
    credit, cycle = credit_and_cycle(points=Decimal("2.00"))

    assert share_of(credit, cycle, points=200) == 1


def test_shares_in_two_areas_are_added_up(db):
    credit, cycle = credit_and_cycle(points=Decimal("2.00"))
    share_of(credit, cycle, code="chemistry", points=100)

    with refused(EXCEED):
        share_of(credit, cycle, code="rest", points=101)


def test_shares_of_one_statement_are_added_up(db):
    credit, cycle = credit_and_cycle(points=Decimal("2.00"))

    with refused(EXCEED):
        run(
            """INSERT INTO education_allocation (holder_id, cycle_id, credit_id, area_id, points)
               SELECT %s, %s, %s, id, 100 FROM credentials_area WHERE requirement_set_id = %s""",
            cycle.holder_id,
            cycle.pk,
            credit.pk,
            cycle.requirement_set_id,
        )


def test_credit_serves_two_credentials_in_full(db):
    credit, cycle = credit_and_cycle(points=Decimal("2.00"))
    other = CycleFactory(holder=cycle.holder)
    share_of(credit, cycle, points=200)

    assert share_of(credit, other, points=200) == 1


@tries("Allocation.shares_fit_update")
def test_share_cannot_grow_beyond_the_credit(db):
    share = AllocationFactory(points=Decimal("1.50"), credit__points=Decimal("2.00"))

    with refused(EXCEED):
        update(share, "points = 201")


def test_share_may_grow_to_all_of_the_credit(db):
    share = AllocationFactory(points=Decimal("1.50"), credit__points=Decimal("2.00"))

    assert update(share, "points = 200") == 1


def test_share_cannot_move_to_a_smaller_credit(db):
    share = AllocationFactory(points=Decimal("2.00"))
    smaller = CreditFactory(holder=share.holder, points=Decimal("1.99"))

    with refused(EXCEED):
        update(share, f"credit_id = {smaller.pk}")


def test_swapping_two_shares_in_one_statement_is_judged_by_the_result(db):
    small, large = shares_of_one_credit(), shares_of_one_credit()
    run("UPDATE education_allocation SET points = 150 WHERE id = %s", large.pk)

    changed = run(
        "UPDATE education_allocation SET points = 200 - points WHERE credit_id = %s AND points <> 0", small.credit_id
    )

    assert changed == 2


# --- Shares: one holder, one set, one cycle of a credential -----------------------------------------------------------


def test_share_of_another_holders_credit_is_refused(db):
    cycle = CycleFactory()

    with refused(APART):
        share_of(CreditFactory(), cycle)


def test_share_under_another_holder_is_refused(db):
    credit, cycle = credit_and_cycle()

    with refused(APART):
        share_of(credit, cycle, holder_id=HolderFactory().pk)


def test_share_in_an_area_of_another_set_is_refused(db):
    credit, cycle = credit_and_cycle()

    with refused(APART):
        share_of(credit, cycle, area_id=RequirementSetFactory().areas.first().pk)


@pytest.mark.parametrize("column", ["cycle_id", "credit_id", "area_id"])
def test_share_cannot_move_to_a_stranger(db, column):
    share, stranger = AllocationFactory(), AllocationFactory()

    with refused(APART):
        update(share, f"{column} = {getattr(stranger, column)}")


def test_share_may_move_to_another_area_of_its_set(db):
    share = AllocationFactory()
    area = share.cycle.requirement_set.areas.get(code="rest")

    assert update(share, f"area_id = {area.pk}") == 1


def test_withdrawn_credit_cannot_be_allocated(db):
    credit, cycle = credit_and_cycle(withdrawn=True)

    with refused(WITHDRAWN):
        share_of(credit, cycle)


@pytest.mark.parametrize("kind", [{}, {"ended": True}], ids=["the next cycle", "an overlapping window"])
def test_credit_is_allocated_in_one_cycle_of_a_credential(db, kind):
    earlier = CycleFactory(starts_on=date(2015, 1, 1), ends_on=date(2017, 12, 31))
    credit = CreditFactory(holder=earlier.holder, completed_on=date(2017, 6, 1))
    share_of(credit, earlier)
    close(earlier)

    with refused(TWICE):
        share_of(credit, CycleFactory(credential=earlier.credential, **kind))


def test_two_credits_are_allocated_in_two_cycles_of_a_credential(db):
    earlier = CycleFactory(ended=True)
    share_of(CreditFactory(holder=earlier.holder), earlier)
    close(earlier)

    assert share_of(CreditFactory(holder=earlier.holder), CycleFactory(credential=earlier.credential)) == 1


# --- Shares of a declared or closed cycle -----------------------------------------------------------------------------


FREEZERS = pytest.mark.parametrize("freezer", [declared, close], ids=["declared", "closed"])


@FREEZERS
def test_frozen_cycle_takes_no_share(db, freezer):
    credit, cycle = credit_and_cycle()
    freezer(cycle)

    with refused(FROZEN):
        share_of(credit, cycle)


@FREEZERS
def test_share_of_a_frozen_cycle_cannot_change(db, freezer):
    share = AllocationFactory()
    freezer(share.cycle)

    with refused(FROZEN):
        update(share, "points = 1")


@tries("Allocation.shares_free_delete")
@FREEZERS
def test_share_of_a_frozen_cycle_cannot_be_removed(db, freezer):
    share = AllocationFactory()
    freezer(share.cycle)

    with refused(FROZEN):
        delete(share)


def test_share_of_a_frozen_cycle_cannot_move_to_an_open_one(db):
    share = AllocationFactory()
    other = CycleFactory(holder=share.holder)
    area = other.requirement_set.areas.get(code="rest")
    close(share.cycle)

    with refused(FROZEN):
        update(share, f"cycle_id = {other.pk}, area_id = {area.pk}")


def test_share_of_an_open_cycle_may_go(db):
    share = AllocationFactory()

    assert delete(share) == 1


@tries("Allocation.never_truncated", "Evidence.never_truncated", "Dispute.never_truncated", "Match.never_truncated")
@pytest.mark.parametrize(
    "table", ["education_allocation", "education_evidence", "education_dispute", "education_match"]
)
def test_shares_evidence_disputes_and_matches_are_never_truncated(db, table):
    with refused("this table is never truncated"):
        run(f"TRUNCATE {table} CASCADE")


# --- Corrections of a credit ------------------------------------------------------------------------------------------


@tries("Credit.credit_covers_shares")
@pytest.mark.parametrize("change", ["points = 149", "withdrawn_at = now()"])
def test_allocated_credit_is_not_cut_below_its_shares(db, change):
    share = AllocationFactory(points=Decimal("1.50"))

    with refused(EXCEED):
        update(share.credit, change)


def test_allocated_credit_may_be_cut_to_its_shares(db):
    share = AllocationFactory(points=Decimal("1.50"))

    assert update(share.credit, "points = 150") == 1


@FREEZERS
@pytest.mark.parametrize("change", ["points = 1", "withdrawn_at = now()"])
def test_correction_does_not_touch_a_frozen_cycle(db, freezer, change):
    share = AllocationFactory()
    freezer(share.cycle)

    assert update(share.credit, change) == 1


@tries("Credit.keeps_its_holder")
def test_a_credit_keeps_its_holder(db):
    with refused("a credit keeps its holder"):
        update(CreditFactory(), f"holder_id = {HolderFactory().pk}")


@tries("Allocation.keeps_its_holder")
def test_a_share_keeps_its_holder_even_with_all_that_it_belongs_to(db):
    share, other = AllocationFactory(), AllocationFactory()

    with refused("a share keeps its holder"):
        update(share, f"holder_id = {other.holder_id}, credit_id = {other.credit_id}, cycle_id = {other.cycle_id}")


# --- What a cycle owes its shares, at commit --------------------------------------------------------------------------


def newer_set(cycle):
    return RequirementSetFactory(
        credential_type=cycle.credential.credential_type, version="2", applies_from=date(2020, 1, 1)
    )


@tries("CycleOfShares.fits_its_shares")
def test_cycle_with_shares_keeps_their_set(db):
    share = AllocationFactory()

    with refused(APART):
        update(share.cycle, f"requirement_set_id = {newer_set(share.cycle).pk}")


def test_cycle_takes_another_set_once_its_shares_are_released(transactional_db):
    share = AllocationFactory()
    newer = newer_set(share.cycle)

    with transaction.atomic():
        Cycle.objects.filter(pk=share.cycle_id).update(requirement_set=newer)
        share.delete()

    assert Cycle.objects.get(pk=share.cycle_id).requirement_set == newer


def test_cycle_and_shares_move_to_another_set_together(transactional_db):
    share = AllocationFactory()
    newer = newer_set(share.cycle)

    with transaction.atomic():
        Cycle.objects.filter(pk=share.cycle_id).update(requirement_set=newer)
        Allocation.objects.filter(pk=share.pk).update(area=newer.areas.get(code="chemistry"))

    assert Allocation.objects.get(pk=share.pk).area.requirement_set == newer


@pytest.mark.parametrize("change", ["points = 1", "withdrawn_at = now()"])
def test_cycle_is_not_reopened_over_a_corrected_credit(db, change):
    share = AllocationFactory()
    declared(share.cycle)
    update(share.credit, change)

    with refused(EXCEED):
        update(share.cycle, "shares_frozen_at = NULL")


def test_cycle_is_reopened_when_its_shares_are_cut_with_it(transactional_db):
    share = AllocationFactory()
    declared(share.cycle)
    Credit.objects.filter(pk=share.credit_id).update(points=Decimal("1.00"))

    with transaction.atomic():
        Cycle.objects.filter(pk=share.cycle_id).update(shares_frozen_at=None)
        Allocation.objects.filter(pk=share.pk).update(points=Decimal("1.00"))

    assert Cycle.objects.get(pk=share.cycle_id).shares_frozen_at is None
