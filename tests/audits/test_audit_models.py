"""Database constraints of audits, their steps, findings and answers."""

import pytest

from audits.enums import AuditState
from tests.constraint_violations import Break, copy, delete, each, refused, run, same, tries, update
from tests.factories import (
    AuditFactory,
    AuditStepFactory,
    ColleagueFactory,
    FindingFactory,
    HolderUserFactory,
    NotAvailableFactory,
    UserFactory,
    audit_in,
)


def under_review():
    return audit_in(AuditState.UNDER_REVIEW)


DECIDED = "decided_at = now(), decided_by_id = (SELECT min(id) FROM accounts_user)"
BREAKS = [
    Break("audit_outcome_was_decided", under_review, "state = 'passed'", f"state = 'passed', {DECIDED}"),
    Break("not_available_once_per_credit", NotAvailableFactory, same("audit_id", "credit_id"), "reason = 'Lost'"),
    Break("not_available_says_why", NotAvailableFactory, "reason = ''", "reason = 'Lost'"),
]


@each(BREAKS)
def test_constraint_refuses(db, case):
    row = case.row()

    with refused(case.constraint):
        update(row, case.refused)


@each(BREAKS)
def test_constraint_accepts_the_nearest_legal_value(db, case):
    row = case.row()

    assert update(row, case.accepted) == 1


LEGAL = {
    ("selected", "requested"),
    ("requested", "received"),
    ("more_needed", "received"),
    ("requested", "under_review"),
    ("received", "under_review"),
    ("more_needed", "under_review"),
    ("under_review", "more_needed"),
    ("under_review", "passed"),
    ("under_review", "failed"),
}
PAIRS = [(one, other) for one in AuditState for other in AuditState if one != other]


@tries("Audit.moves")
@pytest.mark.parametrize(("before", "after"), PAIRS, ids=[f"{one}-{other}" for one, other in PAIRS])
def test_the_database_moves_an_audit_as_the_table_says(db, before, after):
    audit = audit_in(before)
    UserFactory()
    assignment = f"state = '{after}', {DECIDED}"
    why = f'pgtrigger: Invalid transition of field "state" from "{before}" to "{after}"'

    if (before, after) in LEGAL:
        assert update(audit, assignment) == 1
    else:
        with refused(f"{why} on table audits_audit"):
            update(audit, assignment)


@tries("audit_state_is_known")
def test_an_unknown_state_is_refused_even_without_triggers(db):
    audit = AuditFactory()

    with refused("audit_state_is_known"):
        run("SET LOCAL session_replication_role = replica")
        update(audit, "state = 'lost'")


@tries("audits_audit_declaration_id_key")
def test_a_declaration_is_audited_once(db):
    audit = AuditFactory()

    with refused("audits_audit_declaration_id_key"):
        copy(audit)


@tries("Audit.begins_with_its_selection")
@pytest.mark.parametrize("state", [state for state in AuditState if state != AuditState.SELECTED])
def test_a_new_audit_is_selected(db, state):
    with refused("a new audit is selected, and nothing more"):
        AuditFactory(state=state)


@tries("Audit.keeps_its_declaration")
def test_an_audit_keeps_its_moment_of_selection(db):
    audit = AuditFactory()

    with refused("an audit keeps its declaration, round and moment of selection"):
        update(audit, "selected_at = now() - interval '1 day'")


def test_nobody_audits_their_own_record(db):
    audit = AuditFactory()
    own = HolderUserFactory(holder=audit.holder)

    with refused("nobody audits their own record"):
        update(audit, f"auditor_id = {own.pk}")


@tries("Audit.goes_to_no_colleague")
def test_an_audit_goes_to_no_marked_colleague(db):
    audit = AuditFactory()
    mark = ColleagueFactory(colleague=audit.holder)

    with refused("nobody audits a marked colleague"):
        update(audit, f"auditor_id = {mark.auditor_id}")


@tries("audit_step_is_a_legal_move")
@pytest.mark.parametrize(
    "changed",
    [{"to_state": "passed"}, {"from_state": "passed"}, {"move": "take"}, {"move": "lost"}],
    ids=["to", "from", "move", "unknown"],
)
def test_a_step_is_a_legal_move(db, changed):
    step = AuditStepFactory()

    with refused("audit_step_is_a_legal_move"):
        copy(step, **changed)


def test_a_step_may_stay_where_it_is(db):
    assert copy(AuditStepFactory(), move="take", to_state="selected") == 1


@tries("AuditStep.append_only")
@pytest.mark.parametrize("change", [lambda step: update(step, "note = 'Later'"), delete], ids=["update", "delete"])
def test_steps_are_kept(db, change):
    step = AuditStepFactory()

    with refused("pgtrigger: Cannot update or delete rows from audits_auditstep table"):
        change(step)


@tries("AuditedDeclaration.awaits_its_audit")
@pytest.mark.parametrize("state", [AuditState.SELECTED, AuditState.UNDER_REVIEW, AuditState.MORE_NEEDED])
@pytest.mark.parametrize("after", ["eligible", "denied"])
def test_a_declaration_awaits_its_audit(db, state, after):
    declaration = audit_in(state).declaration

    with refused("a declaration under audit is decided by its audit"):
        update(declaration, f"state = '{after}'")


@pytest.mark.parametrize(("state", "after"), [("passed", "denied"), ("failed", "eligible"), ("failed", "returned")])
def test_a_declaration_follows_its_audit(db, state, after):
    declaration = audit_in(AuditState(state)).declaration

    with refused("a declaration under audit is decided by its audit"):
        update(declaration, f"state = '{after}'")


def test_a_passed_audit_lets_the_declaration_be_returned(db):
    declaration = audit_in(AuditState.PASSED).declaration

    assert update(declaration, "state = 'returned'") == 1


@tries("Finding.found_under_review")
@pytest.mark.parametrize("state", [AuditState.RECEIVED, AuditState.MORE_NEEDED, AuditState.PASSED, AuditState.FAILED])
def test_credits_are_judged_under_review_only(db, state):
    audit = audit_in(state)

    with refused("credits are judged while an audit is under review"):
        FindingFactory(audit=audit)


@tries("NotAvailable.belongs_together")
@pytest.mark.parametrize("column", ["audit_id", "credit_id"])
def test_an_answer_is_about_the_holders_own_credit(db, column):
    answer, stranger = NotAvailableFactory(), NotAvailableFactory()

    with refused("audit and credit have different holders"):
        update(answer, f"{column} = {getattr(stranger, column)}")


@tries("NotAvailable.never_truncated")
def test_answers_are_never_truncated(db):
    with refused("this table is never truncated"):
        run("TRUNCATE audits_notavailable")
