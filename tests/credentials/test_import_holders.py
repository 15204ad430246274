from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

import credentials.reference
from accounts.actions import grant_change
from accounts.enums import Role
from accounts.models import Holder
from credentials.models import Credential, CredentialType, Cycle
from education.models import Allocation
from tests import importing
from tests.factories import (
    AllocationFactory,
    ChangeFactory,
    CreditFactory,
    DeclarationFactory,
    RequirementSetFactory,
    UserFactory,
)
from tests.importing import counts, rejects, written

HEAD = (
    "customer_number,email,first_name,last_name,birth_month,credential,certificate_number,certified_on,"
    "cycle_starts_on,cycle_ends_on"
)
NADIA = "100,nadia@example.org,Nadia,Example,4"
MLS = "MLS(ASCP),3001,2018-06-14"
GOOD = f"{NADIA},{MLS},2024-07-01,2027-06-30"


@pytest.fixture
def register(db, now, tmp_path):
    """Imports these lines under the header; MLS(ASCP) and MLT(ASCP) have requirements."""
    credentials.reference.load()
    for code in ("MLS(ASCP)", "MLT(ASCP)"):
        RequirementSetFactory(credential_type=CredentialType.objects.get(code=code))

    def run(*lines, head=HEAD, **options):
        return importing.run("import_holders", written(tmp_path / "holders.csv", head, *lines), **options)

    return run


@pytest.fixture
def rejected(tmp_path):
    return lambda: [(int(row["line"]), row["reason"]) for row in rejects(tmp_path / "holders.csv")]


def everything():
    """What a second run must leave as it is; history included."""
    tables = [
        "accounts_holder", "accounts_holderevent", "credentials_credential", "credentials_credentialevent",
        "credentials_cycle", "credentials_cycleevent", "pghistory_context",
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' || t::text FROM {name} t" for name in tables))
        return sorted(row for (row,) in cursor)


def cycles():
    """Start, end and whether the cycle is closed."""
    rows = Cycle.objects.order_by("credential", "starts_on").values_list("starts_on", "ends_on", "closed_at")
    return [(str(starts), str(ends), closed is not None) for starts, ends, closed in rows]


# --- New rows ---------------------------------------------------------------------------------------------------------


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


# --- Corrections ------------------------------------------------------------------------------------------------------


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


# --- Conflicts --------------------------------------------------------------------------------------------------------


def test_certificate_of_another_holder(register, rejected):
    register(GOOD)

    outcome = register(f"200,,Otto,Sample,,{MLS},2024-07-01,2027-06-30")

    assert (outcome.counts, Holder.objects.count()) == (counts(rejected=1), 1)
    assert rejected() == [(2, "certificate_number: belongs to another holder")]


def test_overlap_with_a_cycle(register, rejected):
    register(GOOD)

    register(f"{NADIA},{MLS},2026-01-01,2028-12-31")

    assert rejected() == [(2, "cycle_starts_on: overlaps the cycle from 2024-07-01 to 2027-06-30")]


def test_declared_cycle_stays(register, rejected):
    register(GOOD)
    declaration = DeclarationFactory(cycle=Cycle.objects.get(), state="submitted")

    register(GOOD.replace("2027-06-30", "2027-03-31"), f"{NADIA},{MLS},2027-07-01,2030-06-30")

    assert declaration.cycle.declared_on == date(2026, 3, 10)
    assert rejected() == [
        (2, "cycle_ends_on: the cycle from 2024-07-01 to 2027-06-30 is declared"),
        (3, "cycle_starts_on: the cycle to 2027-06-30 is declared and not decided yet"),
    ]


def test_closed_cycle_stays(register, rejected):
    register(GOOD, f"{NADIA},{MLS},2021-07-01,2024-06-30")

    register(f"{NADIA},{MLS},2021-07-01,2024-05-31")

    assert rejected() == [(2, "cycle_ends_on: the cycle from 2021-07-01 to 2024-06-30 is closed")]


def test_cycle_is_never_lengthened(register, rejected):
    register(GOOD)

    register(GOOD.replace("2027-06-30", "2027-12-31"))

    assert rejected() == [(2, "cycle_ends_on: a cycle ending on 2027-06-30 may be shortened, not lengthened")]


def test_credential_for_life_has_no_cycle(register, rejected):
    register(GOOD)

    register(f"{NADIA},{MLS},,")

    assert rejected() == [(2, "cycle_starts_on, cycle_ends_on: this credential has a cycle")]


CONFLICTS = {
    "another name": (f"100,,Nadia,Other,,{MLS},2024-07-01,2027-06-30", "first_name, last_name: not as on line 2"),
    "another e-mail": (
        f"100,n@example.com,Nadia,Example,,{MLS},2024-07-01,2027-06-30",
        "email: not as on line 2",
    ),
    "another birth month": (f"100,,Nadia,Example,5,{MLS},2024-07-01,2027-06-30", "birth_month: not as on line 2"),
    "another holder": (
        f"200,,Otto,Sample,,{MLS},2024-07-01,2027-06-30",
        "certificate_number: not as on line 2",
    ),
    "another day of certification": (
        f"{NADIA},MLS(ASCP),3001,2018-06-15,2024-07-01,2027-06-30",
        "certified_on: not as on line 2",
    ),
    "another end": (f"{NADIA},{MLS},2024-07-01,2027-05-31", "cycle_starts_on: overlaps the cycle on line 2"),
    "overlap": (f"{NADIA},{MLS},2027-06-30,2030-06-29", "cycle_starts_on: overlaps the cycle on line 2"),
    "for life": (f"{NADIA},{MLS},,", "cycle_starts_on, cycle_ends_on: this credential has a cycle"),
}


@pytest.mark.parametrize(("line", "reason"), CONFLICTS.values(), ids=CONFLICTS)
def test_line_that_disagrees_with_an_earlier_one_is_rejected(register, rejected, line, reason):
    outcome = register(GOOD, line)

    assert outcome.counts == counts(accepted=1, rejected=1)
    assert rejected() == [(3, reason)]


# --- Bad lines --------------------------------------------------------------------------------------------------------

BAD = {
    "broken byte": (f"200,,Ren\xe9,Sample,,{MLS},,".encode("latin-1"), "byte 9 is not UTF-8"),
    "missing fields": ("200,,Otto", "has 3 fields instead of 10"),
    "unknown credential": ("200,,Otto,Sample,,XYZ(ASCP),1,2018-01-01,,", "credential: “XYZ(ASCP)” is not known"),
    "no such day": ("200,,Otto,Sample,,MLS(ASCP),1,2018-02-30,,", "certified_on: 2018-02-30 does not exist"),
    "future": ("200,,Otto,Sample,,MLS(ASCP),1,2026-03-11,,", "certified_on: 2026-03-11 is in the future"),
    "birth month 13": ("200,,Otto,Sample,13,MLS(ASCP),1,2018-01-01,,", "birth_month: “13” is not a month from 1 to 12"),
    "e-mail": ("200,otto,Otto,Sample,,MLS(ASCP),1,2018-01-01,,", "email: “otto” is not an e-mail address"),
    "one day only": (
        "200,,Otto,Sample,,MLS(ASCP),1,2018-01-01,2024-01-01,",
        "cycle_starts_on, cycle_ends_on: give both days, or neither for a lifetime credential",
    ),
    "end before start": (
        "200,,Otto,Sample,,MLS(ASCP),1,2018-01-01,2024-01-01,2023-12-31",
        "cycle_ends_on: 2023-12-31 is before the start",
    ),
    "no requirements": (
        "200,,Otto,Sample,,SBB(ASCP),1,2018-01-01,2024-01-01,2026-12-31",
        "cycle_ends_on: no requirements are loaded for a cycle ending on 2026-12-31",
    ),
    "no name": ("200,,,Sample,,MLS(ASCP),1,2018-01-01,,", "first_name: is empty"),
}


@pytest.mark.parametrize(("line", "reason"), BAD.values(), ids=BAD)
def test_bad_line_is_rejected_alone(register, rejected, line, reason):
    outcome = register(GOOD, line, "300,,Uma,Muster,,MLT(ASCP),9,2018-01-01,,")

    assert (outcome.code, outcome.counts) == (1, counts(accepted=2, rejected=1))
    assert rejected() == [(3, reason)]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (HEAD.replace(",certificate_number", ""), "columns missing: certificate_number"),
        (b"\xff\xfe\x00\x01", "the file is not CSV text in UTF-8"),
    ],
    ids=["missing column", "not csv"],
)
def test_unusable_file_changes_nothing(register, head, message):
    outcome = register(GOOD, head=head)

    assert (outcome.code, outcome.counts, Holder.objects.count()) == (2, None, 0)
    assert message in outcome.said


def test_example_is_taken_in(register):
    for code in ("SBB(ASCP)", "PA(ASCP)", "HTL(ASCP)", "PBT(ASCP)", "MB(ASCP)"):
        RequirementSetFactory(credential_type=CredentialType.objects.get(code=code))

    outcome = importing.run("import_holders", Path("docs/examples/holders.csv"))

    assert outcome.counts == counts(accepted=9)
