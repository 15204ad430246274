from datetime import date

import pytest
from django.db import transaction

from credentials.models import Area, Cycle, RequirementSet, Rule
from tests.constraint_violations import copy, delete, refused, run, tries, update
from tests.factories import (
    AllocationFactory,
    AreaFactory,
    CredentialTypeFactory,
    RequirementSetFactory,
    RuleFactory,
    freeze,
)


def frozen_set():
    requirements = RequirementSetFactory()
    RuleFactory(requirement_set=requirements)
    return freeze(requirements)


def is_frozen(requirements):
    return f"requirement set {requirements.pk} is frozen: publish a new version"


@tries("RequirementSet.frozen")
@pytest.mark.parametrize("change", ["total = total + step", "title = 'Another'", "frozen_at = NULL", "verified = TRUE"])
def test_frozen_set_cannot_change(db, change):
    requirements = frozen_set()

    with refused(is_frozen(requirements)):
        update(requirements, change)


def test_frozen_set_cannot_be_removed(db):
    requirements = freeze(RequirementSetFactory(areas=[]))

    with refused(is_frozen(requirements)):
        delete(requirements)


def test_open_set_may_change(db):
    requirements = RequirementSetFactory()

    assert update(requirements, "total = total + step, frozen_at = now()") == 1


@tries("Area.set_is_frozen", "Rule.set_is_frozen")
@pytest.mark.parametrize("model", [Area, Rule])
def test_frozen_set_takes_no_more(db, model):
    requirements = frozen_set()
    row = model.objects.filter(requirement_set=requirements).first()

    with refused(is_frozen(requirements)):
        copy(row, code="one-more")


@pytest.mark.parametrize("model", [Area, Rule])
def test_what_a_frozen_set_has_cannot_change(db, model):
    requirements = frozen_set()
    row = model.objects.filter(requirement_set=requirements).first()

    with refused(is_frozen(requirements)):
        update(row, "title = 'Another'")


@pytest.mark.parametrize("model", [Area, Rule])
def test_what_a_frozen_set_has_cannot_be_removed(db, model):
    requirements = frozen_set()
    row = model.objects.filter(requirement_set=requirements).first()

    with refused(is_frozen(requirements)):
        delete(row)


@pytest.mark.parametrize("factory", [AreaFactory, RuleFactory])
def test_what_an_open_set_has_may_change_and_go(db, factory):
    row = factory()

    assert (update(row, "title = 'Another'"), copy(row, code="one-more"), delete(row)) == (1, 1, 1)


@tries("Area.keeps_its_set", "Rule.keeps_its_set")
@pytest.mark.parametrize("factory", [AreaFactory, RuleFactory])
def test_areas_and_rules_keep_their_set(db, factory):
    row, other = factory(), RequirementSetFactory()

    with refused(f"pgtrigger: Cannot update rows from {row._meta.db_table} table"):
        update(row, f"requirement_set_id = {other.pk}")


@tries("RequirementSet.keeps_its_type")
def test_set_keeps_its_credential_type(db):
    requirements = RequirementSetFactory()

    with refused("pgtrigger: Cannot update rows from credentials_requirementset table"):
        update(requirements, f"credential_type_id = {CredentialTypeFactory().pk}")


@tries("Rule.never_truncated", "SynchronisationRequest.never_truncated")
@pytest.mark.parametrize("table", ["credentials_rule", "credentials_synchronisationrequest"])
def test_rules_and_requests_are_never_truncated(db, table):
    with refused("this table is never truncated"):
        run(f"TRUNCATE {table}")


def test_adding_an_area_waits_until_the_set_is_frozen(transactional_db, in_thread, until_blocked):
    requirements = RequirementSetFactory()

    with transaction.atomic():
        freeze(requirements)
        adding = in_thread(lambda: AreaFactory(requirement_set_id=requirements.pk, requirement_set=requirements))
        until_blocked()

    assert is_frozen(requirements) in str(adding.exception())


def test_shares_of_a_set_that_a_cycle_leaves_are_found_at_commit(transactional_db):
    share = AllocationFactory()
    newer = RequirementSetFactory(
        credential_type=share.cycle.credential.credential_type, version="2", applies_from=date(2020, 1, 1)
    )

    with refused("share, credit, cycle and area do not belong together"):
        Cycle.objects.filter(pk=share.cycle_id).update(requirement_set=newer)

    assert RequirementSet.objects.get(cycles=share.cycle_id) == share.area.requirement_set
