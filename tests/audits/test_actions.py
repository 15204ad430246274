"""Every move of an audit: legal, illegal, by whom, twice."""

from datetime import date

import pytest

from accounts.enums import Role
from audits import actions
from audits.enums import AuditMove, AuditState
from audits.models import AuditStep
from audits.permissions import moves_of
from audits.queries.audits import proposer_of, with_a_proposal
from declarations import actions as declaring
from declarations.enums import State
from tests.audits.auditing import DAY, begun, refresh, selected
from tests.declarations.reviews import AT, submitted
from tests.factories import ColleagueFactory, HolderUserFactory, UserFactory, audit_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague():
    return UserFactory(roles=[Role.AUDITOR])


@pytest.fixture
def audit(auditor):
    return selected(auditor)


@pytest.fixture
def under_review(auditor):
    return begun(auditor)


def test_a_selection_puts_the_declaration_under_audit(audit):
    audit = refresh(audit)

    assert (audit.state, audit.declaration.state) == (AuditState.SELECTED, State.UNDER_AUDIT)


def test_selected_twice_it_is_one_audit(audit, auditor):
    assert actions.select(declaration=audit.declaration, by=auditor, at=AT).pk == audit.pk


def test_nobody_selects_their_own_declaration(db):
    declaration = submitted()
    own = declaration.holder.user
    own.roles = [Role.HOLDER, Role.AUDITOR]
    own.save()

    with pytest.raises(actions.MoveRefused):
        actions.select(declaration=declaration, by=own, at=AT)


CALLS = {
    AuditMove.REQUEST: lambda a, who, holder: actions.request_documents(audit=a, by=who, at=AT),
    AuditMove.HAND_IN: lambda a, who, holder: actions.hand_in(audit=a, by=holder, at=AT),
    AuditMove.BEGIN: lambda a, who, holder: actions.begin(audit=a, by=who, at=AT, note="Nothing came."),
    AuditMove.ASK_MORE: lambda a, who, holder: actions.ask_more(audit=a, by=who, at=AT, note="A better copy."),
    AuditMove.PASS: lambda a, who, holder: actions.pass_audit(audit=a, by=who, at=AT),
    AuditMove.PROPOSE: lambda a, who, holder: actions.propose_failing(audit=a, by=who, at=AT, note="No proof."),
    AuditMove.FAIL: lambda a, who, holder: actions.fail(audit=a, by=who, at=AT, note="No proof."),
    AuditMove.EXTEND: lambda a, who, holder: actions.extend(
        audit=a, until=AT.date() + 30 * DAY, by=who, at=AT, note="You were ill."
    ),
}
LEGAL = {
    AuditMove.REQUEST: {"selected"},
    AuditMove.HAND_IN: {"requested", "more_needed"},
    AuditMove.BEGIN: {"received", "requested", "more_needed"},
    AuditMove.ASK_MORE: {"under_review"},
    AuditMove.PROPOSE: {"under_review"},
    AuditMove.EXTEND: {"requested", "more_needed"},
}
ILLEGAL = [(move, state) for move in CALLS for state in AuditState if state not in LEGAL.get(move, {"under_review"})]
ALLOWED = [(move, state) for move, states in LEGAL.items() for state in sorted(states)]


@pytest.mark.parametrize(("move", "state"), ALLOWED, ids=[f"{move}-{state}" for move, state in ALLOWED])
def test_a_legal_move_leaves_a_step(auditor, move, state):
    audit = audit_in(AuditState(state))
    holder = HolderUserFactory(holder=audit.holder)

    CALLS[move](audit, auditor, holder)

    step = AuditStep.objects.get()
    assert (step.move, step.from_state, step.to_state) == (move, state, refresh(audit).state)


@pytest.mark.parametrize(("move", "state"), ILLEGAL, ids=[f"{move}-{state}" for move, state in ILLEGAL])
def test_an_illegal_move_is_refused_and_changes_nothing(auditor, move, state):
    audit = audit_in(AuditState(state))
    holder = HolderUserFactory(holder=audit.holder)

    if (move, state) == (AuditMove.HAND_IN, AuditState.RECEIVED):
        CALLS[move](audit, auditor, holder)
    else:
        with pytest.raises(actions.MoveRefused):
            CALLS[move](audit, auditor, holder)

    assert (refresh(audit).state, AuditStep.objects.count()) == (state, 0)


def test_an_audit_is_moved_by_its_auditor_alone(under_review, colleague):
    with pytest.raises(actions.MoveRefused, match=r"belongs to another auditor\. Take it over first"):
        actions.ask_more(audit=under_review, by=colleague, at=AT, note="More.")


def test_documents_are_handed_in_by_their_holder_alone(auditor, colleague):
    audit = audit_in(AuditState.REQUESTED)

    with pytest.raises(actions.MoveRefused, match="Only the holder"):
        actions.hand_in(audit=audit, by=colleague, at=AT)


def test_a_colleague_takes_it_over_first(under_review, auditor, colleague):
    actions.take(audit=under_review, by=colleague, at=AT, seen=auditor.pk)

    actions.ask_more(audit=under_review, by=colleague, at=AT, note="More.")

    assert (refresh(under_review).state, refresh(under_review).auditor) == (AuditState.MORE_NEEDED, colleague)


def test_nobody_takes_it_from_a_colleague_who_was_not_seen_to_have_it(under_review, auditor, colleague):
    with pytest.raises(actions.MoveRefused, match=f"{auditor} is now auditing this declaration"):
        actions.take(audit=under_review, by=colleague, at=AT)

    assert refresh(under_review).auditor == auditor


def test_nobody_audits_their_own(under_review):
    own = under_review.holder.user
    own.roles = [Role.HOLDER, Role.AUDITOR]

    assert moves_of(own, under_review) == []


def test_what_is_not_handed_in_is_waited_for_until_it_is_due(settings, audit, auditor):
    settings.AUDIT_DOCUMENTS_DAYS = 30
    actions.request_documents(audit=audit, by=auditor, at=AT)

    with pytest.raises(actions.MoveRefused, match="The holder has until"):
        actions.begin(audit=audit, by=auditor, at=AT + 30 * DAY, note="Nothing came.")

    actions.begin(audit=audit, by=auditor, at=AT + 31 * DAY, note="Nothing came.")
    assert refresh(audit).state == AuditState.UNDER_REVIEW


def test_time_is_only_ever_added(settings, audit, auditor):
    settings.AUDIT_DOCUMENTS_DAYS = 30
    actions.request_documents(audit=audit, by=auditor, at=AT)

    with pytest.raises(actions.MoveRefused, match="can only be extended"):
        actions.extend(audit=audit, until=AT.date() + 30 * DAY, by=auditor, at=AT, note="You were ill.")

    actions.extend(audit=audit, until=date(2026, 5, 1), by=auditor, at=AT, note="You were ill.")
    assert refresh(audit).due_on == date(2026, 5, 1)


def test_time_ends_on_a_day_to_come(audit, auditor):
    actions.request_documents(audit=audit, by=auditor, at=AT)

    with pytest.raises(actions.MoveRefused, match="Choose a later day"):
        actions.extend(audit=audit, until=AT.date(), by=auditor, at=AT, note="You were ill.")

    actions.extend(audit=audit, until=AT.date() + DAY, by=auditor, at=AT, note="You were ill.")
    assert refresh(audit).due_on == AT.date() + DAY


def test_handed_in_again_with_another_note_is_refused(audit, auditor):
    actions.request_documents(audit=audit, by=auditor, at=AT)
    holder = audit.holder.user
    actions.hand_in(audit=audit, by=holder, at=AT, note="All there.")

    with pytest.raises(actions.MoveRefused, match="no longer possible"):
        actions.hand_in(audit=audit, by=holder, at=AT, note="But for one letter.")

    actions.hand_in(audit=audit, by=holder, at=AT, note="All there.")
    assert audit.steps.filter(move=AuditMove.HAND_IN).count() == 1


def test_a_proposal_to_fail_it_ends_with_the_next_review(under_review, auditor):
    actions.propose_failing(audit=under_review, by=auditor, at=AT, note="It has no date.")
    assert proposer_of(refresh(under_review)) == auditor.pk

    actions.ask_more(audit=under_review, by=auditor, at=AT, note="Another one, please.")
    actions.hand_in(audit=under_review, by=under_review.holder.user, at=AT)
    actions.begin(audit=under_review, by=auditor, at=AT)

    assert (proposer_of(refresh(under_review)), with_a_proposal([under_review.pk])) == (None, set())


def test_an_audit_rests_while_its_declaration_is_returned(under_review, auditor, reviewer):
    declaring.send_back(declaration=under_review.declaration, by=reviewer, at=AT, note="A page is missing.")

    with pytest.raises(actions.MoveRefused, match="is with its holder"):
        actions.ask_more(audit=under_review, by=auditor, at=AT, note="More.")

    assert moves_of(auditor, refresh(under_review)) == []


def test_nobody_audits_a_marked_colleague(under_review, auditor):
    ColleagueFactory(auditor=auditor, colleague=under_review.holder)

    assert moves_of(auditor, under_review) == []
