from itertools import count, product

import pytest

from declarations.enums import State
from declarations.rules import transitions
from tests.constraint_violations import Break, copy, delete, each, refused, run, same, tries, update
from tests.factories import AttestationFactory, CycleFactory, DeclarationFactory, HolderFactory, UserFactory

NUMBERS = count()


def submitted():
    return DeclarationFactory(state=State.SUBMITTED)


def eligible():
    UserFactory()
    return DeclarationFactory(state=State.ELIGIBLE)


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
]


@each(BREAKS)
def test_constraint_refuses(db, case):
    submitted()
    row = case.row()

    with refused(case.constraint):
        update(row, case.refused)


@each(BREAKS)
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
