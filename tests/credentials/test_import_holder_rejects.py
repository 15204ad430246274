"""Invalid lines of a register, and files that aren't registers."""

from datetime import date

import pytest

from accounts.models import Holder
from credentials.models import Credential, Cycle
from tests import importing
from tests.credentials.registers import GOOD, HEAD, MLS, NADIA, register_from
from tests.factories import DeclarationFactory
from tests.importing import counts


@pytest.fixture
def register(db, now, tmp_path):
    return register_from(tmp_path)


@pytest.fixture
def rejected(tmp_path):
    return lambda: importing.rejected(tmp_path / "holders.csv")


# --- Conflicts --------------------------------------------------------------------------------------------------------


def test_certificate_of_another_holder(register, rejected):
    register(GOOD)

    outcome = register(f"200,,Otto,Sample,,{MLS},2024-07-01,2027-06-30")

    assert (outcome.counts, Holder.objects.count()) == (counts(rejected=1), 1)
    assert rejected() == [(2, "certificate_number: belongs to another holder")]


MISTYPED = GOOD.replace("3001", "3010")


def test_new_certificate_of_a_credential_the_holder_has(register, rejected):
    register(GOOD)

    outcome = register(MISTYPED)

    assert (outcome.counts, Credential.objects.count()) == (counts(rejected=1), 1)
    assert rejected() == [
        (
            2,
            "certificate_number: the holder has this credential with 3001; correct the number, or see"
            " --second-certificates",
        )
    ]


def test_two_certificates_of_a_credential_in_one_file(register, rejected):
    outcome = register(GOOD, MISTYPED, GOOD)

    assert outcome.counts == counts(accepted=1, rejected=1, duplicate=1)
    assert rejected() == [
        (
            3,
            "certificate_number: differs from line 2, which has the same credential of this holder; correct the"
            " number, or see --second-certificates",
        )
    ]


def test_second_certificate_comes_in_if_it_is_meant(register):
    both = [GOOD, MISTYPED]

    outcome = register(*both, second_certificates=True)

    assert outcome.counts == counts(accepted=2)
    assert register(*both).counts == counts(duplicate=2)


@pytest.mark.parametrize(("starts_on", "ends_on"), [("2026-01-01", "2028-12-31"), ("2027-06-30", "2030-06-29")])
def test_overlap_with_a_cycle(register, rejected, starts_on, ends_on):
    register(GOOD)

    register(f"{NADIA},{MLS},{starts_on},{ends_on}")

    assert rejected() == [(2, "cycle_starts_on: overlaps the cycle from 2024-07-01 to 2027-06-30")]


def test_declared_cycle_stays(register, rejected):
    register(GOOD)
    declaration = DeclarationFactory(cycle=Cycle.objects.get(), state="submitted")

    register(GOOD.replace("2027-06-30", "2027-03-31"), f"{NADIA},{MLS},2027-07-01,2030-06-30")

    assert declaration.cycle.declared_on == date(2026, 3, 10)
    assert rejected() == [
        (2, "cycle_ends_on: the cycle from 2024-07-01 to 2027-06-30 has been declared"),
        (3, "cycle_starts_on: the cycle ending on 2027-06-30 is declared but not decided"),
    ]


def test_closed_cycle_stays(register, rejected):
    register(GOOD, f"{NADIA},{MLS},2021-07-01,2024-06-30")

    register(f"{NADIA},{MLS},2021-07-01,2024-05-31")

    assert rejected() == [(2, "cycle_ends_on: the cycle from 2021-07-01 to 2024-06-30 is closed")]


def test_cycle_is_never_lengthened(register, rejected):
    register(GOOD)

    register(GOOD.replace("2027-06-30", "2027-12-31"))

    assert rejected() == [(2, "cycle_ends_on: a cycle ending on 2027-06-30 can be shortened, not lengthened")]


def test_credential_for_life_has_no_cycle(register, rejected):
    register(GOOD)

    register(f"{NADIA},{MLS},,")

    assert rejected() == [(2, "cycle_starts_on, cycle_ends_on: this credential has a cycle")]


CONFLICTS = {
    "different name": (
        f"100,,Nadia,Other,,{MLS},2024-07-01,2027-06-30",
        "first_name, last_name: differs from line 2, which has the same customer number",
    ),
    "another e-mail": (
        f"100,n@example.com,Nadia,Example,,{MLS},2024-07-01,2027-06-30",
        "email: differs from line 2, which has the same customer number",
    ),
    "different birth month": (
        f"100,,Nadia,Example,5,{MLS},2024-07-01,2027-06-30",
        "birth_month: differs from line 2, which has the same customer number",
    ),
    "another holder": (
        f"200,,Otto,Sample,,{MLS},2024-07-01,2027-06-30",
        "customer_number: differs from line 2, which has the same certificate",
    ),
    "another day of certification": (
        f"{NADIA},MLS(ASCP),3001,2018-06-15,2024-07-01,2027-06-30",
        "certified_on: differs from line 2, which has the same certificate",
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
    "broken byte": (
        f"200,,Ren\xe9,Sample,,{MLS},,".encode("latin-1"),
        "byte 9 is not UTF-8: save the file as “CSV UTF-8”",
    ),
    "missing fields": ("200,,Otto", "has 3 fields instead of 10"),
    "unknown credential": ("200,,Otto,Sample,,XYZ(ASCP),1,2018-01-01,,", "credential: “XYZ(ASCP)” is not known"),
    "no such day": ("200,,Otto,Sample,,MLS(ASCP),1,2018-02-30,,", "certified_on: 2018-02-30 does not exist"),
    "future": ("200,,Otto,Sample,,MLS(ASCP),1,2026-03-11,,", "certified_on: 2026-03-11 is in the future"),
    "birth month 13": ("200,,Otto,Sample,13,MLS(ASCP),1,2018-01-01,,", "birth_month: “13” is not a month from 1 to 12"),
    "e-mail": ("200,otto,Otto,Sample,,MLS(ASCP),1,2018-01-01,,", "email: “otto” is not an email address"),
    "one day only": (
        "200,,Otto,Sample,,MLS(ASCP),1,2018-01-01,2024-01-01,",
        "cycle_starts_on, cycle_ends_on: give both dates, or neither for a lifetime credential",
    ),
    "end before start": (
        "200,,Otto,Sample,,MLS(ASCP),1,2018-01-01,2024-01-01,2023-12-31",
        "cycle_ends_on: 2023-12-31 is before the start",
    ),
    "no requirements": (
        "200,,Otto,Sample,,SBB(ASCP),1,2018-01-01,2024-01-01,2026-12-31",
        "cycle_ends_on: no requirements are loaded for a cycle ending on 2026-12-31",
    ),
    "rounded customer number": (
        "2.099E+07,,Otto,Sample,,MLS(ASCP),1,2018-01-01,,",
        "customer_number: “2.099E+07” was rounded by a spreadsheet; format the column as text, with all digits",
    ),
    "rounded certificate number": (
        "200,,Otto,Sample,,MLS(ASCP),3.1E+05,2018-01-01,,",
        "certificate_number: “3.1E+05” was rounded by a spreadsheet; format the column as text, with all digits",
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
