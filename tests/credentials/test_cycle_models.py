"""Database constraints of cycles, tried in raw SQL: their dates and relations."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from cmp_portal.lib import clock
from credentials.models import Credential, Cycle
from tests.constraint_violations import copy, delete, refused, run, tries, update
from tests.factories import CredentialFactory, CycleFactory, HolderFactory, RequirementSetFactory, close

# --- Cycles do not overlap ----------------------------------------------------------------------------------------


@tries("cycle_days_never_overlap")
def test_cycle_cannot_begin_on_the_last_day_of_another(db):
    cycle = CycleFactory(closed=True)

    with refused("cycle_days_never_overlap"):
        copy(cycle, starts_on=cycle.ends_on, ends_on=cycle.ends_on + timedelta(days=9))


def test_cycle_may_begin_on_the_day_after_another(db):
    cycle = CycleFactory(closed=True)

    assert copy(cycle, starts_on=cycle.ends_on + timedelta(days=1), ends_on=cycle.ends_on + timedelta(days=9)) == 1


def test_cycles_of_two_credentials_may_overlap(db):
    cycle = CycleFactory()

    other = CycleFactory(holder=cycle.holder, starts_on=cycle.starts_on, ends_on=cycle.ends_on)

    assert (other.starts_on, other.ends_on) == (cycle.starts_on, cycle.ends_on)


@tries("cycle_one_open_per_credential")
def test_credential_has_one_open_cycle(db):
    cycle = CycleFactory()

    with refused("cycle_one_open_per_credential"):
        copy(cycle, starts_on=cycle.ends_on + timedelta(days=1), ends_on=cycle.ends_on + timedelta(days=9))


def test_credential_with_an_open_cycle_may_have_closed_ones(db):
    cycle = CycleFactory()
    at = clock.now()

    assert copy(cycle, starts_on=date(2000, 1, 1), ends_on=date(2002, 12, 31), closed_at=at, shares_frozen_at=at) == 1


# --- What belongs together -----------------------------------------------------------------------------------------


@tries("Cycle.belongs_together")
@pytest.mark.parametrize("column", ["holder_id", "requirement_set_id"])
def test_cycle_has_the_holder_and_the_set_of_its_credential(db, column):
    cycle, stranger = CycleFactory(), CycleFactory()

    with refused("cycle, credential and requirement set do not belong together"):
        update(cycle, f"{column} = {getattr(stranger, column)}")


def test_cycle_of_another_holder_cannot_be_inserted(db):
    cycle = CycleFactory(closed=True)

    with refused("cycle, credential and requirement set do not belong together"):
        copy(cycle, holder_id=HolderFactory().pk, starts_on=date(2000, 1, 1), ends_on=date(2002, 12, 31))


def test_cycle_may_take_another_set_of_its_type(db):
    cycle = CycleFactory()
    newer = RequirementSetFactory(
        credential_type=cycle.credential.credential_type, version="2", applies_from=date(2020, 1, 1)
    )

    assert update(cycle, f"requirement_set_id = {newer.pk}") == 1


@tries("Credential.cycles_follow")
@pytest.mark.parametrize("column", ["holder_id", "credential_type_id"])
def test_credential_with_a_cycle_keeps_holder_and_type(db, column):
    cycle, other = CycleFactory(), CredentialFactory()

    with refused("cycle, credential and requirement set do not belong together"):
        update(cycle.credential, f"{column} = {getattr(other, column)}")


def test_credential_without_a_cycle_may_change_its_holder(db):
    credential = CredentialFactory()

    assert update(credential, f"holder_id = {HolderFactory().pk}") == 1


def test_credential_and_cycle_may_change_their_holder_together(db):
    cycle, heir = CycleFactory(), HolderFactory()

    with transaction.atomic():
        Credential.objects.filter(pk=cycle.credential_id).update(holder=heir)
        Cycle.objects.filter(pk=cycle.pk).update(holder=heir)

    assert run("SELECT 1") == 1


@tries("Cycle.keeps_its_credential")
def test_cycle_keeps_its_credential(db):
    cycle = CycleFactory()
    other = CredentialFactory(holder=cycle.holder, credential_type=cycle.credential.credential_type)

    with refused("pgtrigger: Cannot update rows from credentials_cycle table"):
        update(cycle, f"credential_id = {other.pk}")


# --- Days -----------------------------------------------------------------------------------------------------------


@tries("Cycle.keeps_its_days")
def test_cycle_is_never_lengthened(db):
    cycle = CycleFactory()

    with refused("a cycle may be shortened, never lengthened"):
        update(cycle, "ends_on = ends_on + 1")


def test_cycle_may_be_shortened(db):
    cycle = CycleFactory()

    assert update(cycle, "ends_on = ends_on - 1") == 1


@pytest.mark.parametrize(
    "change", ["ends_on = ends_on - 1", "starts_on = starts_on - 1", "requirement_set_id = {newer}"]
)
@pytest.mark.parametrize("kind", ["declared", "closed"])
def test_declared_cycle_keeps_its_days_and_set(db, change, kind):
    cycle = CycleFactory(declared_on=clock.today(), shares_frozen_at=clock.now())
    newer = RequirementSetFactory(
        credential_type=cycle.credential.credential_type, version="2", applies_from=date(2020, 1, 1)
    )
    cycle = close(cycle) if kind == "closed" else cycle

    with refused("a declared cycle keeps its days and its requirement set"):
        update(cycle, change.replace("{newer}", str(newer.pk)))


@pytest.mark.parametrize(
    "change", ["closed_at = NULL", "closed_at = now() + interval '1 day'", "declared_on = '2026-01-01'"]
)
def test_closed_cycle_stays_closed(db, change):
    cycle = CycleFactory(closed=True)

    with refused("a closed cycle stays closed"):
        update(cycle, change)


@tries("Cycle.is_kept")
def test_closed_cycle_is_kept(db):
    cycle = CycleFactory(closed=True)

    with refused("pgtrigger: Cannot delete rows from credentials_cycle table"):
        delete(cycle)


def test_open_cycle_may_be_removed(db):
    cycle = CycleFactory()

    assert delete(cycle) == 1
