"""Verification finds nothing in a consistent world, and every check is covered."""

from importlib import import_module

import pgtrigger
import pytest

from cmp_portal import ledger
from declarations.queries import signed
from declarations.queries.consistency import SIGNED
from education.queries.consistency import IDLE, STALE
from tests.planting import PLANTED, Fault, each, found, found_in

pytestmark = pytest.mark.django_db
APPS = ["accounts", "credentials", "education", "declarations", "audits"]
# What finds differences of several kinds.
KINDS = {
    SIGNED: {signed.BROKEN, signed.CHANGED, signed.LOST, signed.OTHERWISE, signed.REWRITTEN, signed.UNEQUAL},
    STALE: {STALE, IDLE},
}


def drop_one(w):
    model, trigger = pgtrigger.registered()[0]
    return f"DROP TRIGGER {trigger.get_pgid(model)} ON {model._meta.db_table}"


FAULTS = [
    Fault(
        "disabled triggers",
        {"disabled triggers"},
        lambda w: "ALTER TABLE education_allocation DISABLE TRIGGER USER",
    ),
    Fault("a trigger that is gone", {"missing triggers"}, drop_one),
    Fault(
        "a constraint nobody checked",
        {"constraints that were never validated"},
        lambda w: "ALTER TABLE education_credit ADD CONSTRAINT cheap CHECK (points < 1) NOT VALID",
    ),
]


@each(FAULTS)
def test_a_planted_fault_is_found(world, fault):
    assert found_in(fault, world) == fault.finds


def test_a_world_in_which_all_is_well_has_no_difference(world):
    assert (found(), found(notes=True)) == ({}, {})


def test_every_check_is_tried():
    for app in APPS:
        import_module(f"tests.{app}.test_consistency")
    import_module("tests.declarations.test_fee_consistency")

    wanted = {kind for check in ledger.checks() for kind in KINDS.get(check.what, {check.what})}

    assert sorted(wanted ^ PLANTED) == []


def test_every_check_is_of_the_app_that_is_asked():
    assert {check.app for check in ledger.checks(["education"])} == {"education"}
    assert {check.app for check in ledger.checks()} == {"database", *APPS}
