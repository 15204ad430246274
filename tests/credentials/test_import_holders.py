"""The import of the register of holders, and its idempotency."""

from datetime import date
from pathlib import Path

import pytest

from accounts.models import Holder
from credentials.models import Credential, CredentialType, Cycle
from tests import importing
from tests.credentials.registers import GOOD, HEAD, MLS, NADIA, cycles, everything, register_from
from tests.factories import RequirementSetFactory
from tests.importing import counts


@pytest.fixture
def register(db, now, tmp_path):
    return register_from(tmp_path)


def test_import_adds_holder_credential_and_cycle(register):
    outcome = register(GOOD)

    cycle = Cycle.objects.select_related("credential__holder", "credential__credential_type").get()
    holder, credential = cycle.credential.holder, cycle.credential
    assert (outcome.code, outcome.counts) == (0, counts(accepted=1))
    assert (holder.customer_number, holder.name, holder.birth_month, holder.email) == (
        "100", "Nadia Example", 4, "nadia@example.org",
    )  # fmt: skip
    assert (credential.credential_type.code, credential.certificate_number, credential.certified_on) == (
        "MLS(ASCP)", "3001", date(2018, 6, 14),
    )  # fmt: skip
    assert (cycle.starts_on, cycle.ends_on, credential.anchor_on, cycle.requirement_set.version) == (
        date(2024, 7, 1), date(2027, 6, 30), date(2027, 6, 30), "1",
    )  # fmt: skip


def test_import_adds_a_credential_for_life(register):
    outcome = register(f"{NADIA},MLS(ASCP),3001,1998-06-14,,")

    assert (outcome.counts, Credential.objects.get().anchor_on, cycles()) == (counts(accepted=1), None, [])


def test_holder_with_two_credentials_is_one_holder(register):
    outcome = register(GOOD, f"{NADIA},MLT(ASCP),77,2015-01-01,2024-01-01,2026-12-31")

    assert (outcome.counts, Holder.objects.count(), Credential.objects.count()) == (counts(accepted=2), 1, 2)


@pytest.mark.parametrize(("month", "kept"), [("12", 12), ("1984-02", 2), ("", None)])
def test_birth_month_is_kept_without_the_year(register, month, kept):
    register(GOOD.replace("Example,4", f"Example,{month}"))

    assert Holder.objects.get().birth_month == kept


def test_birth_month_column_may_be_missing(register):
    outcome = register(GOOD.replace("Example,4", "Example"), head=HEAD.replace("birth_month,", ""))

    assert outcome.counts == counts(accepted=1)


def test_cycle_takes_the_requirements_of_its_end(register):
    mls = CredentialType.objects.get(code="MLS(ASCP)")
    RequirementSetFactory(credential_type=mls, version="2", applies_from=date(2027, 1, 1))
    RequirementSetFactory(credential_type=mls, version="3", applies_from=date(2027, 7, 1))

    register(GOOD)

    assert Cycle.objects.get().requirement_set.version == "2"


def test_expired_cycle_takes_the_requirements_of_today(register):
    mls = CredentialType.objects.get(code="MLS(ASCP)")
    RequirementSetFactory(credential_type=mls, version="2", applies_from=date(2026, 1, 1))

    register(f"{NADIA},{MLS},2022-01-01,2024-12-31")

    assert Cycle.objects.get().requirement_set.version == "2"


def test_past_cycle_comes_in_closed(register):
    outcome = register(GOOD, f"{NADIA},{MLS},2021-07-01,2024-06-30")

    assert outcome.counts == counts(accepted=2)
    assert cycles() == [("2021-07-01", "2024-06-30", True), ("2024-07-01", "2027-06-30", False)]
    assert Credential.objects.get().anchor_on == date(2027, 6, 30)


def test_later_cycle_closes_the_former(register, now):
    register(GOOD)

    outcome = register(f"{NADIA},{MLS},2027-07-01,2030-06-30")

    assert outcome.counts == counts(accepted=1)
    assert cycles() == [("2024-07-01", "2027-06-30", True), ("2027-07-01", "2030-06-30", False)]
    assert Cycle.objects.get(closed_at=now).shares_frozen_at == now


def test_import_of_the_same_file_changes_nothing(register):
    lines = [GOOD, f"{NADIA},{MLS},2021-07-01,2024-06-30", GOOD, f"200,,Otto,Sample,,{MLS},,"]
    register(*lines)
    before = everything()

    outcome = register(*lines)

    assert outcome.counts == counts(duplicate=3, rejected=1)
    assert everything() == before


def test_import_leaves_nothing_behind_after_a_dry_run(register):
    before = everything()

    outcome = register(GOOD, dry_run=True)

    assert (outcome.counts, everything()) == (counts(accepted=1), before)


def test_example_is_taken_in(register):
    for code in ("SBB(ASCP)", "PA(ASCP)", "HTL(ASCP)", "PBT(ASCP)", "MB(ASCP)"):
        RequirementSetFactory(credential_type=CredentialType.objects.get(code=code))

    outcome = importing.run("import_holders", Path("docs/examples/holders.csv"))

    assert outcome.counts == counts(accepted=9)
