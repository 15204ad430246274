"""Database constraints of reviews, tried in raw SQL."""

import pytest

from declarations.enums import State
from declarations.models import Note, Ruling
from tests.constraint_violations import Break, copy, delete, each, refused, run, tries, update
from tests.factories import (
    AreaFactory,
    AtWorkFactory,
    CreditFactory,
    DeclaredCreditFactory,
    HolderFactory,
    NoteFactory,
    RulingFactory,
    WaitingFactory,
    in_state,
)

IN_PLACE = [
    Break("waiting_is_undecided", WaitingFactory, "state = 'renewed'", "state = 'appealed'"),
    Break("waiting_flags_are_known", WaitingFactory, "flags = ARRAY['lost']", "flags = ARRAY['late', 'unusual']"),
]
# Their tables refuse every update: what is tried is a copy.
COPIES = [
    ("ruling_outcome_is_known", RulingFactory, {"outcome": "perhaps", "reason": "Who knows?"}),
    ("ruling_moved_says_where", RulingFactory, {"outcome": "moved", "reason": "It is about safety."}),
    ("ruling_against_says_why", RulingFactory, {"outcome": "refused"}),
    ("note_has_text", NoteFactory, {"text": ""}),
]


@each(IN_PLACE)
def test_constraint_refuses(db, case):
    row = case.row()

    with refused(case.constraint):
        update(row, case.refused)


@each(IN_PLACE)
def test_constraint_accepts_the_nearest_legal_value(db, case):
    assert update(case.row(), case.accepted) == 1


@tries(*(name for name, _make, _changed in COPIES))
@pytest.mark.parametrize(("name", "make", "changed"), COPIES, ids=[name for name, _make, _changed in COPIES])
def test_constraint_refuses_a_copy(db, name, make, changed):
    row = make()

    with refused(name):
        copy(row, **changed)


@tries("declarations_note_uuid_key")
def test_a_note_sent_twice_is_one(db):
    note = NoteFactory()

    with refused("declarations_note_uuid_key"):
        copy(note, uuid=str(note.uuid))


def test_a_word_may_be_followed_by_another(db):
    ruling = RulingFactory()

    assert copy(ruling, outcome="refused", reason="It is a staff meeting.") == 1


@tries("Ruling.append_only", "Note.append_only")
@pytest.mark.parametrize("make", [RulingFactory, NoteFactory])
def test_what_was_said_cannot_change(db, make):
    row = make()

    with refused(f"pgtrigger: Cannot update or delete rows from {row._meta.db_table} table"):
        update(row, "at = now()")


@pytest.mark.parametrize("make", [RulingFactory, NoteFactory])
def test_what_was_said_cannot_be_removed(db, make):
    row = make()

    with refused(f"pgtrigger: Cannot update or delete rows from {row._meta.db_table} table"):
        delete(row)


@pytest.mark.parametrize("model", [Ruling, Note])
def test_what_was_said_is_never_truncated(db, model):
    with refused("history is append-only"):
        run(f"TRUNCATE {model._meta.db_table} CASCADE")


@tries("Ruling.is_of_a_review", "Note.follows_its_declaration")
@pytest.mark.parametrize("make", [RulingFactory, NoteFactory])
def test_what_is_said_has_the_holder_of_its_declaration(db, make):
    row = make()

    with refused("what the Board says and its declaration have different holders"):
        copy(row, holder_id=HolderFactory().pk)


@pytest.mark.parametrize("state", [State.RETURNED, State.DENIED, State.ELIGIBLE, State.WITHDRAWN, State.APPEALED])
def test_credits_are_judged_in_review_only(db, state):
    ruling = RulingFactory()
    in_state(ruling.declaration, state)

    with refused("credits are judged while a declaration is in review"):
        copy(ruling)


def test_credits_are_judged_under_audit(db):
    ruling = RulingFactory()
    in_state(ruling.declaration, State.UNDER_AUDIT)

    assert copy(ruling) == 1


@pytest.mark.parametrize("changed", [{"submission": 2}, {"credit_id": None}])
def test_only_declared_credits_are_judged(db, changed):
    ruling = RulingFactory()
    other = CreditFactory(holder=ruling.holder).pk

    with refused("what is judged is a credit of the newest submission"):
        copy(ruling, **{name: value or other for name, value in changed.items()})


def test_an_older_submission_is_not_judged_any_more(db):
    ruling = RulingFactory()
    DeclaredCreditFactory(declaration=ruling.declaration, submission=2)

    with refused("what is judged is a credit of the newest submission"):
        copy(ruling)


def test_a_credit_moves_within_the_declared_requirements(db):
    ruling = RulingFactory()
    elsewhere = AreaFactory()

    with refused("a credit moves to an area of the declared requirements"):
        copy(ruling, outcome="moved", reason="It is about safety.", area_id=elsewhere.pk)


@pytest.mark.parametrize("make", [WaitingFactory, AtWorkFactory])
def test_a_declaration_waits_once_and_is_taken_once(db, make):
    row = make()

    with refused(f"{row._meta.db_table}_pkey"):
        copy(row)
