"""The doctor's checks of the data that are loaded."""

from datetime import date

import pytest

from cmp_portal.lib import clock
from cmp_portal.operations.doctor import data
from cmp_portal.operations.doctor.findings import Level
from tests.factories import AttestationFactory, CredentialTypeFactory, CycleFactory, RequirementSetFactory

# Of fees nothing is said where there are none: tests/declarations/test_fee_consistency.py.
ALWAYS_TOLD = [check for check in data.CHECKS if check is not data.fees]


@pytest.mark.django_db
@pytest.mark.parametrize("check", ALWAYS_TOLD)
def test_an_empty_database_is_a_problem(levels, now, check):
    assert levels(check) == ["problem"]


@pytest.mark.django_db
@pytest.mark.parametrize("check", ALWAYS_TOLD)
def test_loaded_data_are_well(well, check):
    assert [one.level for one in check(clock.now())] == [Level.OK]


@pytest.mark.django_db
def test_a_type_without_rules_is_named(told, well):
    CredentialTypeFactory(code="XYZ(ASCP)")

    assert told(data.requirement_sets) == [("warning", "1 loaded, none for XYZ(ASCP)")]


@pytest.mark.django_db
def test_cycles_that_no_version_applies_to_are_counted(told, well):
    kind = CredentialTypeFactory(code="XYZ(ASCP)")
    CycleFactory(requirement_set=RequirementSetFactory(credential_type=kind, applies_from=date(2099, 1, 1)))

    assert told(data.requirement_sets)[1:] == [
        ("warning", "XYZ(ASCP): none applies to 1 open cycles, which end before 2099-01-01")
    ]


@pytest.mark.django_db
def test_a_wording_that_is_not_the_board_s_is_a_warning(levels, now):
    AttestationFactory(verified=False)

    assert levels(data.attestation) == ["warning"]
