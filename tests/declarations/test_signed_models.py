"""Database constraints of signed content, tried in raw SQL: append-only rows."""

from itertools import product

import pytest
from django.db import connection

from declarations.enums import Move, State
from declarations.models import Appeal, Declaration, DeclaredCredit, Seal, Step, Terms
from declarations.rules import MOVES
from tests.constraint_violations import copy, delete, refused, run, tries, update
from tests.factories import (
    AppealFactory,
    AttestationFactory,
    DeclarationFactory,
    DeclaredCreditFactory,
    SealFactory,
    StepFactory,
    TermsFactory,
)


def submitted():
    return DeclarationFactory(state=State.SUBMITTED)


DIGESTS = ["declared_credit_hash_is_sha256", "declared_credit_previous_hash_is_sha256"]
ADDED_TO = [StepFactory, DeclaredCreditFactory, SealFactory, TermsFactory, AppealFactory]


@tries(*(f"{factory._meta.model.__name__}.append_only" for factory in ADDED_TO))
@pytest.mark.parametrize("factory", ADDED_TO)
def test_signed_rows_cannot_change(db, factory):
    row = factory()

    with refused(f"pgtrigger: Cannot update or delete rows from {row._meta.db_table} table"):
        update(row, "id = id")


@pytest.mark.parametrize("factory", ADDED_TO)
def test_signed_rows_cannot_be_removed(db, factory):
    row = factory()

    with refused(f"pgtrigger: Cannot update or delete rows from {row._meta.db_table} table"):
        delete(row)


@pytest.mark.parametrize("model", [Step, DeclaredCredit, Seal, Terms, Appeal])
def test_signed_rows_are_never_truncated(db, model):
    with refused("history is append-only"):
        run(f"TRUNCATE {model._meta.db_table} CASCADE")


@tries(*DIGESTS)
@pytest.mark.parametrize("constraint", DIGESTS)
def test_declared_credit_has_digests(db, constraint):
    column = "previous_hash" if "previous" in constraint else "hash"
    row = DeclaredCreditFactory()

    with refused(constraint):
        copy(row, position=99, **{column: "A" * 64})


def test_declared_credit_may_be_followed_by_another(db):
    row = DeclaredCreditFactory()

    assert copy(row, position=row.position + 1, previous_hash=row.hash) == 1


@tries("declared_credit_in_order")
def test_declared_credit_has_its_own_place(db):
    row = DeclaredCreditFactory()

    with refused("declared_credit_in_order"):
        copy(row)


@tries("seal_hash_is_sha256", "seal_previous_hash_is_sha256")
@pytest.mark.parametrize("column", ["hash", "previous_hash"])
def test_seal_has_digests(db, column):
    seal = SealFactory()

    with refused(f"seal_{column}_is_sha256"):
        copy(seal, submission=2, **{column: "A" * 64})


@tries("seal_once_per_submission")
def test_submission_is_sealed_once(db):
    seal = SealFactory()

    with refused("seal_once_per_submission"):
        copy(seal)


def test_next_submission_is_sealed_too(db):
    seal = SealFactory()

    assert copy(seal, submission=2, previous_hash=seal.hash) == 1


@tries("terms_digest_is_sha256")
def test_terms_have_a_digest(db):
    terms = TermsFactory()

    with refused("terms_digest_is_sha256"):
        copy(terms, digest="A" * 64)


@tries("declarations_terms_digest_key")
def test_terms_are_kept_once(db):
    terms = TermsFactory()

    with refused("declarations_terms_digest_key"):
        copy(terms)


@tries("declarations_appeal_declaration_id_key")
def test_declaration_has_one_letter_of_appeal(db):
    appeal = AppealFactory()

    with refused("declarations_appeal_declaration_id_key"):
        copy(appeal)


@tries("appeal_has_letter", "appeal_grounds_are_known")
@pytest.mark.parametrize(
    ("constraint", "column", "value"),
    [("appeal_has_letter", "letter", ""), ("appeal_grounds_are_known", "grounds", "weather")],
)
def test_appeal_says_why(db, constraint, column, value):
    appeal, other = AppealFactory(), DeclarationFactory(state=State.DENIED)

    with refused(constraint):
        copy(appeal, declaration_id=other.pk, **{column: value})


@tries("Attestation.keeps_its_words")
@pytest.mark.parametrize("change", ["text = 'I attest nothing.'", "version = '1a'"])
def test_signed_wording_is_never_rewritten(db, change):
    wording = submitted().attestation

    with refused("a wording that was signed is never rewritten: publish a new version"):
        update(wording, change)


@pytest.mark.parametrize("change", ["verified = TRUE", "source = 'the Board'", "text = text"])
def test_what_is_no_wording_may_change_after_the_signature(db, change):
    assert update(submitted().attestation, change) == 1


def test_wording_nobody_signed_may_be_rewritten(db):
    assert update(AttestationFactory(), "text = 'I attest it.'") == 1


EVERY_STEP = list(product(Move, State.values, State.values))
LEGAL_STEPS = {(move, str(before), str(after)) for move, (befores, after) in MOVES.items() for before in befores}


@tries("step_is_a_legal_move")
def test_step_tells_a_legal_move(db):
    step = StepFactory()
    accepted = set()

    for move, before, after in EVERY_STEP:
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT one_step")
            if _is_taken(step, move, before, after):
                accepted.add((move, before, after))
            cursor.execute("ROLLBACK TO SAVEPOINT one_step")

    assert accepted == LEGAL_STEPS


def _is_taken(step, move, before, after):
    try:
        with refused("step_is_a_legal_move"):
            copy(step, move=move, from_state=before, to_state=after)
    except pytest.fail.Exception:
        return True
    return False


@tries("step_one_appeal_per_declaration")
def test_declaration_is_appealed_once(db):
    appealed = DeclarationFactory(state=State.APPEALED).steps.get(move=Move.APPEAL)

    with refused("step_one_appeal_per_declaration"):
        copy(appealed)


def test_declaration_may_be_returned_twice(db):
    returned = DeclarationFactory(state=State.RETURNED).steps.get(move=Move.RETURN)

    assert copy(returned) == 1


def test_upheld_denial_keeps_its_declaration_in_the_history(db):
    declaration = DeclarationFactory(state=State.DENIED)

    states = Declaration.pgh_event_model.objects.filter(pgh_obj=declaration.pk).order_by("pgh_id")

    assert list(states.values_list("state", flat=True)) == ["draft", "submitted", "denied"]
