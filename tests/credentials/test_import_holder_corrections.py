"""A register that contradicts the record: what is accepted, and what a granted change protects."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.actions import grant_change
from accounts.enums import Role
from accounts.models import Holder
from credentials.models import Credential, CredentialType, Cycle
from education.models import Allocation
from tests.credentials.registers import GOOD, MLS, cycles, everything, register_from
from tests.factories import AllocationFactory, ChangeFactory, CreditFactory, RequirementSetFactory, UserFactory
from tests.importing import counts


@pytest.fixture
def register(db, now, tmp_path):
    return register_from(tmp_path)


def test_import_corrects_a_holder(register):
    register(GOOD)

    outcome = register(f"100,nadia@example.com,Nadia,Muster,5,{MLS},2024-07-01,2027-06-30")

    holder = Holder.objects.get()
    assert outcome.counts == counts(corrected=1)
    assert (holder.name, holder.email, holder.birth_month) == ("Nadia Muster", "nadia@example.com", 5)


def test_empty_cells_keep_what_is_known(register):
    register(GOOD)

    outcome = register(f"100,,Nadia,Example,,{MLS},2024-07-01,2027-06-30")

    holder = Holder.objects.get()
    assert outcome.counts == counts(duplicate=1)
    assert (holder.email, holder.birth_month) == ("nadia@example.org", 4)


@pytest.fixture
def granted(register, now):
    """Given a holder to whom a registrar has granted a new name and a new address."""
    register(GOOD)
    by = UserFactory(roles=[Role.REGISTRAR])
    for trait in ({"last_name": "Muster", "first_name": "Nadia"}, {"address": True, "email": "nadia@example.com"}):
        holder = Holder.objects.get()
        was = holder.email if "address" in trait else holder.name
        grant_change(change=ChangeFactory(holder=holder, was=was, **trait), by=by, at=now, note="The deed shows it.")


def test_a_register_that_has_not_heard_of_a_granted_change_takes_nothing_back(register, granted):
    before = everything()

    outcome = register(GOOD)

    assert outcome.counts == counts(duplicate=1)
    assert everything() == before
    assert (Holder.objects.get().name, Holder.objects.get().email) == ("Nadia Muster", "nadia@example.com")


def test_a_register_that_says_something_new_is_believed(register, granted):
    outcome = register(f"100,nadia@example.net,Nadia,Third,4,{MLS},2024-07-01,2027-06-30")

    assert outcome.counts == counts(corrected=1)
    assert (Holder.objects.get().name, Holder.objects.get().email) == ("Nadia Third", "nadia@example.net")


def test_import_corrects_the_day_of_certification(register):
    register(GOOD)

    outcome = register(GOOD.replace("2018-06-14", "2018-06-15"))

    assert (outcome.counts, Credential.objects.get().certified_on) == (counts(corrected=1), date(2018, 6, 15))


def test_import_corrects_the_end_of_an_open_cycle(register):
    register(GOOD)

    outcome = register(GOOD.replace("2027-06-30", "2027-03-31"))

    assert (outcome.counts, cycles()) == (counts(corrected=1), [("2024-07-01", "2027-03-31", False)])
    assert Credential.objects.get().anchor_on == date(2027, 3, 31)


def test_corrected_end_takes_other_requirements_with_its_shares(register):
    mls = CredentialType.objects.get(code="MLS(ASCP)")
    RequirementSetFactory(credential_type=mls, version="2", applies_from=date(2027, 6, 1))
    register(GOOD)
    cycle = Cycle.objects.get()
    AllocationFactory(cycle=cycle, credit=CreditFactory(holder=cycle.holder))

    register(GOOD.replace("2027-06-30", "2027-03-31"))

    share = Allocation.objects.select_related("area__requirement_set", "cycle__requirement_set").get()
    assert (share.cycle.requirement_set.version, share.area.requirement_set.version) == ("1", "1")
    assert (share.area.code, share.points) == ("chemistry", Decimal("2.00"))
