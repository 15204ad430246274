"""Verifying, years later, that a declaration is what its holder signed."""

from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from declarations import actions
from declarations.models import DeclaredCredit, Seal, Terms
from declarations.queries import verification_of
from declarations.rules import chained, digest_of
from education.models import Evidence
from tests.constraint_violations import run
from tests.factories import (
    AttestationFactory,
    CycleFactory,
    EvidenceFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
    allocate_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory(), starts_on="2023-04-01", ends_on="2026-03-31")
    cycle.refresh_from_db()
    allocate_all(cycle)
    EvidenceFactory(credit=cycle.allocations.get(area__code="ethics").credit)
    return cycle


@pytest.fixture
def submit(cycle, now):
    user, attestation = HolderUserFactory(holder=cycle.holder), AttestationFactory()
    return lambda: actions.submit(cycle=cycle, attestation=attestation, by=user, at=now)


@pytest.fixture
def declaration(submit):
    return submit()


@pytest.fixture
def behind_the_guards(declaration):
    """Raw SQL that no trigger and no foreign key sees."""

    def change(sql, *params):
        with transaction.atomic():
            run("SET LOCAL session_replication_role = replica")
            run(sql, *params)
            run("SET LOCAL session_replication_role = origin")
        return verification_of(declaration.number).differences

    return change


def sealed_anew(declaration, **changed):
    """The seal and the hash over it, as somebody would change them who knows how."""
    seal = declaration.seals.latest("submission")
    content = seal.content | changed
    run("SET LOCAL session_replication_role = replica")
    Seal.objects.filter(pk=seal.pk).update(content=content, hash=chained(seal.previous_hash, content))
    run("SET LOCAL session_replication_role = origin")
    return verification_of(declaration.number).differences


def test_what_was_signed_is_found_as_it_was_signed(declaration):
    found = verification_of(declaration.number)

    assert (found.differences, found.submissions, found.shares, found.afterwards) == ((), 1, 7, False)
    assert found.seal == declaration.seals.get().hash


def test_the_seal_says_all_that_was_signed(declaration, cycle):
    content = declaration.seals.get().content
    ethics = cycle.allocations.get(area__code="ethics").credit

    assert content["number"] == declaration.number
    assert content["received_at"] == "2026-03-10T17:00:00+00:00"
    assert content["window"] == {"starts_on": "2023-03-01", "ends_on": "2026-03-31"}
    assert content["cycle"] == {"starts_on": "2023-04-01", "ends_on": "2026-03-31"}
    assert content["total"] == {"needed": "36.00", "counted": "36.00"}
    assert content["areas"]["ethics"] == "1.00"
    assert content["reasons"][str(ethics.uuid)] == [
        {"reason": "counted", "points": "1.00", "area": "ethics", "rule": None}
    ]
    assert {content[name]["sha256"] for name in ("requirements", "attestation")} == {
        terms.digest for terms in Terms.objects.all()
    }


def test_terms_are_kept_once_for_all_who_sign_them(declaration, now):
    other = CycleFactory(requirement_set=declaration.requirement_set, ending=True)
    allocate_all(other)

    actions.submit(cycle=other, attestation=declaration.attestation, by=HolderUserFactory(holder=other.holder), at=now)

    assert Terms.objects.count() == 2
    assert all(terms.digest == digest_of(terms.content) for terms in Terms.objects.all())


def test_a_second_submission_is_chained_to_the_first(submit, now):
    declaration = submit()
    actions.send_back(declaration=declaration, by=UserFactory(roles=["reviewer"]), at=now, note="Which course?")
    submit()

    first, second = declaration.seals.order_by("submission")
    assert second.content["previous_seal"] == first.hash
    assert verification_of(declaration.number).submissions == 2
    assert verification_of(declaration.number).differences == ()


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        (
            """UPDATE declarations_declaredcredit SET content = jsonb_set(content, '{points}', '"1.75"')
                WHERE position = 3""",
            ("submission 1, position 3: altered since it was signed",),
        ),
        (
            'UPDATE declarations_seal SET content = content || \'{"number": "2026-00000001x"}\'',
            ("submission 1, seal: altered since it was signed",),
        ),
        ("DELETE FROM declarations_seal", ("found 0 of 1 seals",)),
        ("DELETE FROM declarations_declaredcredit", ("found 0 of 1 submissions",)),
        (
            "UPDATE credentials_area SET minimum = 200 WHERE code = 'ethics'",
            (
                "requirements version 1: does not match what was signed",
                "requirements areas ethics minimum: was 1.00, is 2.00",
            ),
        ),
        (
            "UPDATE credentials_rule SET maximum = 3600",
            (
                "requirements version 1: does not match what was signed",
                "requirements rules college-at-most-half maximum: was 18.00, is 36.00",
            ),
        ),
        (
            "UPDATE declarations_attestation SET text = 'I attest nothing.'",
            (
                "attestation version 1: does not match what was signed",
                "attestation text: was The entries are true, were completed in the window, may be audited, and I keep …"
                ", is I attest nothing.",
            ),
        ),
        (
            "UPDATE declarations_terms SET content = content || '{\"note\": \"x\"}' WHERE content ? 'areas'",
            ("submission 1: requirements: the stored copy is missing or altered",),
        ),
        (
            "UPDATE declarations_declaration SET received_on = '2026-03-09', counted = 3500",
            ("received_on: was 2026-03-10, is 2026-03-09", "counted points: was 36.00, is 35.00"),
        ),
        (
            "UPDATE declarations_declaration SET window_starts_on = '2023-02-01'",
            ("window starts_on: was 2023-03-01, is 2023-02-01",),
        ),
        (
            "UPDATE credentials_cycle SET ends_on = '2026-03-30'",
            ("cycle ends_on: was 2026-03-31, is 2026-03-30",),
        ),
        (
            "DELETE FROM education_allocation WHERE id = (SELECT MIN(id) FROM education_allocation)",
            ("allocations of the cycle: 1 only signed, 0 only in the cycle",),
        ),
    ],
)
def test_what_was_changed_is_told_in_words(behind_the_guards, sql, told):
    assert behind_the_guards(sql) == told


def test_a_seal_that_lies_about_the_total_is_found_by_counting_again(declaration):
    told = sealed_anew(declaration, total={"needed": "36.00", "counted": "40.00"})

    assert told == (
        "submission 1, re-evaluated: total counted: was 40.00, is 36.00",
        "counted points: was 40.00, is 36.00",
    )


def test_a_seal_that_lies_about_a_reason_is_found_by_counting_again(declaration, cycle):
    credit = cycle.allocations.get(area__code="ethics").credit
    reasons = declaration.seals.get().content["reasons"]
    lie = {"reason": "not_needed", "points": "1.00", "area": None, "rule": None}

    told = sealed_anew(declaration, reasons=reasons | {str(credit.uuid): [lie]})

    assert told == (
        f"submission 1, re-evaluated: reasons “{credit.title}”: was 1.00 not_needed, is ethics 1.00 counted",
    )


def test_content_that_cannot_be_read_is_said_so(declaration):
    assert sealed_anew(declaration, window={"starts_on": "some day", "ends_on": "2026-03-31"})[0] == (
        "submission 1 cannot be read"
    )


def test_what_the_rules_became_later_does_not_matter(declaration):
    """A new version is published; the declaration stays under its own."""
    MlsRequirementSetFactory(version="2", applies_from="2027-01-01", total="40")

    assert verification_of(declaration.number).differences == ()


def test_what_the_provider_corrects_later_does_not_matter(declaration, cycle):
    credit = cycle.allocations.get(area__code="ethics").credit
    credit.title, credit.subjects = "Something else", ["chemistry"]
    credit.save()

    assert verification_of(declaration.number).differences == ()


def test_a_document_that_is_gone_is_told(declaration):
    document = Evidence.objects.get()
    document.file.storage.delete(document.file.name)

    assert verification_of(declaration.number).differences == (
        f"document {document.sha256[:12]} of “{document.credit.title}”: the file is missing",
    )


def test_a_document_of_other_bytes_is_told(declaration):
    document = Evidence.objects.get()
    path = Path(document.file.path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    [told] = verification_of(declaration.number).differences
    assert told.endswith("the content differs from what was stored")


def test_a_document_without_a_record_is_told(behind_the_guards):
    [told] = behind_the_guards("DELETE FROM education_evidence")

    assert told.endswith("there is no record of it")


# --- What was signed before there were seals -----------------------------------------------------------------------


def sealed_afterwards():
    run("SET LOCAL session_replication_role = replica")
    Seal.objects.all().delete()
    Terms.objects.all().delete()
    run("SET LOCAL session_replication_role = origin")
    import_module("declarations.migrations.0005_seal_what_was_signed").seal_what_was_signed(apps, None)


def test_what_was_signed_before_is_sealed_afterwards(declaration):
    sealed_afterwards()

    found = verification_of(declaration.number)
    assert (found.differences, found.afterwards) == ((), True)
    assert Terms.objects.count() == 2


def test_every_submission_is_sealed_afterwards_and_only_once(submit, now):
    declaration = submit()
    actions.send_back(declaration=declaration, by=UserFactory(roles=["reviewer"]), at=now, note="Which course?")
    submit()
    sealed_afterwards()
    import_module("declarations.migrations.0005_seal_what_was_signed").seal_what_was_signed(apps, None)

    assert list(declaration.seals.order_by("submission").values_list("submission", flat=True)) == [1, 2]
    assert verification_of(declaration.number).differences == ()


def test_a_change_after_the_sealing_is_found(declaration, behind_the_guards):
    sealed_afterwards()

    assert behind_the_guards("UPDATE credentials_area SET minimum = 200 WHERE code = 'ethics'")[0] == (
        "requirements version 1: does not match what was signed"
    )


def test_shares_signed_without_id_and_provider_are_evaluated_all_the_same(declaration):
    """As they were signed before both were frozen with them."""
    previous = ""
    run("SET LOCAL session_replication_role = replica")
    for row in DeclaredCredit.objects.order_by("position"):
        content = {name: value for name, value in row.content.items() if name not in ("id", "provider_code")}
        digest = chained(previous, content)
        DeclaredCredit.objects.filter(pk=row.pk).update(content=content, previous_hash=previous, hash=digest)
        previous = digest
    run("SET LOCAL session_replication_role = origin")
    sealed_afterwards()

    assert verification_of(declaration.number).differences == ()


# --- The command ---------------------------------------------------------------------------------------------------


def verify(number):
    """The exit code, and what was said."""
    out = StringIO()
    try:
        call_command("verify_declaration", number, stdout=out)
    except CommandError as refusal:
        return refusal.returncode, out.getvalue().splitlines(), str(refusal)
    return 0, out.getvalue().splitlines(), ""


@pytest.fixture
def outside(transactional_db):
    """The command reads a snapshot of its own, hence no transaction around it."""


def test_the_command_ends_with_0_when_nothing_differs(outside, declaration):
    code, lines, _why = verify(declaration.number)

    assert code == 0
    assert lines == [
        f"{declaration.number}, {declaration.cycle.credential}: submitted once, 7 allocations",
        f"seal {declaration.seals.get().hash}",
        "nothing differs",
    ]


def test_the_command_ends_with_1_and_says_what_differs(outside, declaration):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE declarations_declaration SET counted = 3500")
        cursor.execute("SET session_replication_role = origin")

    code, lines, why = verify(declaration.number)

    assert (code, lines[-1]) == (1, "differs: counted points: was 36.00, is 35.00")
    assert why == f"{declaration.number} does not match what was signed"


def test_the_command_ends_with_2_for_a_number_nobody_has(outside):
    assert verify("2026-99999999") == (2, [], "no declaration has the number 2026-99999999")
