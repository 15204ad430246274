from itertools import count, product

import pytest
from django.db import connection

from declarations.enums import Move, State
from declarations.models import Appeal, Declaration, DeclaredCredit, Seal, Step, Terms
from declarations.rules import MOVES, transitions
from tests.breaking import Break, copy, delete, each, refused, run, same, tries, update
from tests.factories import (
    AppealFactory,
    AttestationFactory,
    CycleFactory,
    DeclarationFactory,
    DeclaredCreditFactory,
    HolderFactory,
    SealFactory,
    StepFactory,
    TermsFactory,
    UserFactory,
)

NUMBERS = count()


def submitted():
    return DeclarationFactory(state=State.SUBMITTED)


def eligible():
    UserFactory()
    return DeclarationFactory(state=State.ELIGIBLE)


SHA = "'" + "0" * 64 + "'"
BREAKS = [
    Break(
        "declarations_attestation_version_key",
        lambda: AttestationFactory(version=f"draft {next(NUMBERS)}"),
        same("version"),
        "version = '2026'",
    ),
    Break("declarations_declaration_uuid_key", DeclarationFactory, same("uuid"), "uuid = gen_random_uuid()"),
    Break(
        "declarations_declaration_number_key",
        DeclarationFactory,
        "number = (SELECT number FROM {table} o WHERE o.number IS NOT NULL), received_at = now(), received_on = now()",
        "number = 'CMP-1', received_at = now(), received_on = now()",
    ),
    Break("declaration_submitted_is_whole", submitted, "counted = NULL", "counted = 0"),
    Break(
        "declaration_receipt_is_whole",
        DeclarationFactory,
        "number = 'CMP-1', received_at = now()",
        "number = 'CMP-1', received_at = now(), received_on = now()",
    ),
    Break("declaration_counted_not_negative", submitted, "counted = -1", "counted = 0"),
    Break(
        "declaration_decision_says_who_and_when",
        eligible,
        "decided_by_id = NULL",
        "decided_by_id = (SELECT min(id) FROM accounts_user)",
    ),
    Break(
        "declaration_window_ends_after_start",
        submitted,
        "window_ends_on = window_starts_on - 1",
        "window_ends_on = window_starts_on",
    ),
    Break("declared_credit_hash_is_sha256", DeclaredCreditFactory, "hash = upper(hash)", f"hash = {SHA}"),
    Break(
        "declared_credit_previous_hash_is_sha256",
        DeclaredCreditFactory,
        "previous_hash = '0'",
        f"previous_hash = {SHA}",
    ),
]
# Their tables refuse every update: what is tried is a copy.
COPIES = {"declared_credit_hash_is_sha256", "declared_credit_previous_hash_is_sha256"}
IN_PLACE = [case for case in BREAKS if case.constraint not in COPIES]


@each(IN_PLACE)
def test_constraint_refuses(db, case):
    submitted()
    row = case.row()

    with refused(case.constraint):
        update(row, case.refused)


@each(IN_PLACE)
def test_constraint_accepts_the_nearest_legal_value(db, case):
    row = case.row()

    assert update(row, case.accepted) == 1


# --- Moves --------------------------------------------------------------------------------------------------------

TABLE = "declarations_declaration"
LEGAL = set(transitions())
ILLEGAL = sorted({(a, b) for a, b in product(State.values, State.values) if a != b} - LEGAL)
SIGNED = "decided_at = now(), decided_on = now(), decided_by_id = (SELECT min(id) FROM accounts_user)"


def whole_draft():
    """A draft with all that a submission brings, so that nothing but the move itself can be refused."""
    UserFactory()
    receipt = DeclarationFactory(state=State.SUBMITTED)
    draft = DeclarationFactory()
    update(
        draft,
        f"""number = 'CMP-7', received_at = now(), received_on = now(), attestation_id = {receipt.attestation_id},
            requirement_set_id = {receipt.requirement_set_id}, window_starts_on = '2023-01-01',
            window_ends_on = '2025-12-31', counted = 400, {SIGNED}""",
    )
    return draft


def declaration_in(state):
    return whole_draft() if state == State.DRAFT else DeclarationFactory(state=State(state))


@tries("Declaration.moves")
@pytest.mark.parametrize(("before", "after"), ILLEGAL)
def test_illegal_move_is_refused(db, before, after):
    declaration = declaration_in(before)

    with refused(f'pgtrigger: Invalid transition of field "state" from "{before}" to "{after}" on table {TABLE}'):
        update(declaration, f"state = '{after}'")


@pytest.mark.parametrize(("before", "after"), sorted(LEGAL))
def test_legal_move_is_accepted(db, before, after):
    declaration = declaration_in(before)
    UserFactory()

    assert update(declaration, f"state = '{after}', {SIGNED}") == 1


@tries("declaration_state_is_known")
@pytest.mark.parametrize("state", ["lost", ""])
def test_unknown_state_is_refused_even_without_triggers(db, state):
    declaration = DeclarationFactory()

    with refused("declaration_state_is_known"):
        run("SET LOCAL session_replication_role = replica")
        update(declaration, f"state = '{state}'")


@tries("Declaration.starts_as_draft")
@pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT])
def test_new_declaration_is_a_draft(db, state):
    withdrawn = DeclarationFactory(state=State.WITHDRAWN)

    with refused("a new declaration is a draft"):
        copy(withdrawn, state=state)


def test_new_draft_follows_a_withdrawn_declaration(db):
    withdrawn = DeclarationFactory(state=State.WITHDRAWN)

    assert copy(withdrawn, state="draft") == 1


def test_declaration_has_the_holder_of_its_cycle(db):
    draft = DeclarationFactory(state=State.WITHDRAWN)

    with refused("declaration and cycle have different holders"):
        copy(draft, state="draft", holder_id=HolderFactory().pk)


@tries("declaration_one_live_per_cycle")
@pytest.mark.parametrize("state", [state for state in State if state not in {State.WITHDRAWN, State.DENIED}])
def test_cycle_has_one_live_declaration(db, state):
    live = DeclarationFactory(state=state)

    with refused("declaration_one_live_per_cycle"):
        copy(DeclarationFactory(), cycle_id=live.cycle_id, holder_id=live.holder_id)


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.DENIED])
def test_cycle_may_be_declared_anew(db, state):
    over = DeclarationFactory(state=state)

    assert DeclarationFactory(cycle=over.cycle).state == State.DRAFT


@tries("Declaration.decision_is_signed")
@pytest.mark.parametrize("after", ["eligible", "denied"])
def test_decision_is_signed(db, after):
    declaration = submitted()

    with refused("a decision says who made it and when"):
        update(declaration, f"state = '{after}'")


@tries("Declaration.keeps_its_receipt")
@pytest.mark.parametrize(
    "change",
    [
        "number = 'CMP-0'",
        "number = NULL, received_at = NULL, received_on = NULL",
        "received_at = received_at - interval '1 day'",
        "received_on = received_on - 1",
        "holder_id = {holder}",
        "cycle_id = {cycle}",
    ],
)
def test_declaration_keeps_its_cycle_and_first_receipt(db, change):
    declaration, other = submitted(), CycleFactory()

    with refused("a declaration keeps its cycle, number and first receipt"):
        update(declaration, change.replace("{holder}", str(other.holder_id)).replace("{cycle}", str(other.pk)))


def test_returned_declaration_may_be_signed_anew(db):
    declaration = DeclarationFactory(state=State.RETURNED)

    assert update(declaration, "state = 'submitted', counted = counted + 1, window_ends_on = window_ends_on") == 1


@tries("Declaration.is_kept")
@pytest.mark.parametrize("state", [State.DRAFT, State.RENEWED])
def test_declaration_is_kept(db, state):
    declaration = DeclarationFactory(state=state)

    with refused("pgtrigger: Cannot delete rows from declarations_declaration table"):
        delete(declaration)


# --- What is only ever added to ---------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("constraint", sorted(COPIES))
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
