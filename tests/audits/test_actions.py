"""Every move of an audit: legal, illegal, by whom, twice; and what it leads to."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.enums import Role
from accounts.models import Alert
from audits import actions
from audits.enums import AuditMove, AuditState, Verdict
from audits.models import Audit, AuditStep
from audits.permissions import moves_of
from declarations import actions as declaring
from declarations.enums import Grounds, Move, State
from declarations.models import Declaration
from declarations.queries import current_attestation, judged_standing, signed_contents, verification_of
from education.actions import NewShare
from education.models import Credit
from tests.declarations.reviews import AT, credit_in, submitted
from tests.factories import ColleagueFactory, CreditFactory, HolderUserFactory, UserFactory, audit_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def auditor():
    return UserFactory(roles=[Role.AUDITOR])


@pytest.fixture
def colleague():
    return UserFactory(roles=[Role.AUDITOR])


@pytest.fixture
def reviewer():
    return UserFactory(roles=[Role.REVIEWER])


@pytest.fixture
def audit(auditor):
    return actions.select(declaration=submitted(), by=auditor, at=AT)


@pytest.fixture
def under_review(audit, auditor):
    actions.request_documents(audit=audit, by=auditor, at=AT)
    actions.hand_in(audit=audit, by=audit.holder.user, at=AT)
    return actions.begin(audit=audit, by=auditor, at=AT)


def find_all(audit, by, verdict=Verdict.VERIFIED, **but):
    """One verdict on every credit; another where an area has its own."""
    for content in signed_contents(audit.declaration):
        credit = Credit.objects.get(uuid=content["credit"])
        one = but.get(content["area"].replace("-", "_"), verdict)
        actions.find(audit=audit, credit=credit, verdict=one, by=by, at=AT, reason="It has no date.")


def refresh(audit):
    return Audit.objects.select_related("declaration").get(pk=audit.pk)


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
    with pytest.raises(actions.MoveRefused):
        actions.ask_more(audit=under_review, by=colleague, at=AT, note="More.")


def test_a_colleague_takes_it_over_first(under_review, colleague):
    actions.take(audit=under_review, by=colleague, at=AT)

    actions.ask_more(audit=under_review, by=colleague, at=AT, note="More.")

    assert (refresh(under_review).state, refresh(under_review).auditor) == (AuditState.MORE_NEEDED, colleague)


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

    with pytest.raises(actions.MoveRefused, match="time is only ever added"):
        actions.extend(audit=audit, until=AT.date() + 30 * DAY, by=auditor, at=AT, note="You were ill.")

    actions.extend(audit=audit, until=date(2026, 5, 1), by=auditor, at=AT, note="You were ill.")
    assert refresh(audit).due_on == date(2026, 5, 1)


def test_a_passed_audit_waits_for_a_reviewer(under_review, auditor, reviewer):
    find_all(under_review, auditor)
    actions.pass_audit(audit=under_review, by=auditor, at=AT)
    before = Declaration.objects.get().state

    declaring.approve(declaration=under_review.declaration, by=reviewer, at=AT)

    assert (before, Declaration.objects.get().state) == (State.UNDER_AUDIT, State.ELIGIBLE)


def test_an_auditor_does_not_approve_what_they_audited(under_review, auditor):
    find_all(under_review, auditor)
    actions.pass_audit(audit=under_review, by=auditor, at=AT)
    auditor.roles = [Role.AUDITOR, Role.REVIEWER]
    auditor.save()

    with pytest.raises(actions.MoveRefused, match="somebody else approves it"):
        declaring.approve(declaration=under_review.declaration, by=auditor, at=AT)


def test_an_auditor_approves_where_the_setting_says_so(settings, under_review, auditor):
    settings.AUDITOR_MAY_APPROVE = True
    find_all(under_review, auditor)

    actions.pass_audit(audit=under_review, by=auditor, at=AT)

    assert Declaration.objects.get().state == State.ELIGIBLE


@pytest.mark.parametrize("move", ["approve", "deny"])
def test_a_reviewer_waits_for_the_audit(under_review, reviewer, move):
    note = {} if move == "approve" else {"note": "No."}

    with pytest.raises(actions.MoveRefused, match="its audit comes first"):
        getattr(declaring, move)(declaration=under_review.declaration, by=reviewer, at=AT, **note)


@pytest.mark.parametrize("verdict", [Verdict.UNCLEAR, None])
def test_what_is_not_clear_does_not_pass(under_review, auditor, verdict):
    if verdict:
        find_all(under_review, auditor, ethics=verdict)

    with pytest.raises(actions.MoveRefused, match="no finding yet, or one that is not clear"):
        actions.pass_audit(audit=under_review, by=auditor, at=AT)


def test_what_is_refused_does_not_count(under_review, auditor):
    find_all(under_review, auditor, ethics=Verdict.REFUSED)

    with pytest.raises(actions.MoveRefused, match="1 in medical ethics"):
        actions.pass_audit(audit=under_review, by=auditor, at=AT)


def test_a_refusal_that_is_taken_back_counts_again(under_review, auditor):
    find_all(under_review, auditor, ethics=Verdict.REFUSED)
    find_all(under_review, auditor)

    assert judged_standing(under_review.declaration).is_complete


def test_a_fail_asks_for_four_eyes(under_review, auditor, colleague):
    with pytest.raises(actions.MoveRefused):
        actions.fail(audit=under_review, by=auditor, at=AT, note="No proof.")
    actions.propose_failing(audit=under_review, by=auditor, at=AT, note="No proof.")
    with pytest.raises(actions.MoveRefused):
        actions.fail(audit=under_review, by=auditor, at=AT, note="No proof.")

    actions.fail(audit=under_review, by=colleague, at=AT, note="No proof.")

    assert (refresh(under_review).state, Declaration.objects.get().state) == (AuditState.FAILED, State.DENIED)


def test_two_eyes_are_enough_where_the_setting_says_so(settings, under_review, auditor):
    settings.AUDIT_FAIL_NEEDS_OTHER_EYES = False

    actions.fail(audit=under_review, by=auditor, at=AT, note="No proof.")

    assert Declaration.objects.get().state == State.DENIED


def test_a_failed_audit_is_appealed_and_overturned(settings, under_review, auditor, reviewer):
    settings.AUDIT_FAIL_NEEDS_OTHER_EYES = False
    actions.fail(audit=under_review, by=auditor, at=AT, note="No proof.")
    declaration = under_review.declaration
    own = declaration.holder.user

    declaring.appeal(declaration=declaration, grounds=Grounds.ILLNESS, letter="I was ill.", by=own, at=AT)
    declaring.overturn(declaration=declaration, by=reviewer, at=AT, note="The letter convinces.")

    assert (Declaration.objects.get().state, refresh(under_review).state) == (State.ELIGIBLE, AuditState.FAILED)


@pytest.fixture
def refused(under_review, auditor):
    """One credit refused, more asked for, and another one of the same kind in reserve."""
    find_all(under_review, auditor, ethics=Verdict.REFUSED)
    actions.ask_more(audit=under_review, by=auditor, at=AT, note="The ethics course has no date.")
    return refresh(under_review)


def spare(audit, **of):
    said = {"subjects": ["ethics"], "points": Decimal(1), "completed_on": date(2025, 6, 1), **of}
    return CreditFactory(holder=audit.holder, **said)


def amend(audit, credit):
    return actions.amend(
        audit=audit,
        instead=[NewShare(credit.pk, "ethics", Decimal(1))],
        attestation=current_attestation(on=AT.date()),
        by=audit.holder.user,
        at=AT + DAY,
    )


def test_a_refused_credit_is_replaced_and_both_versions_stay(refused, auditor):
    before, old = signed_contents(refused.declaration), credit_in(refused.declaration, "ethics")
    other = spare(refused)

    amend(refused, other)

    now = signed_contents(refused.declaration)
    assert {one["credit"] for one in before} ^ {one["credit"] for one in now} == {str(old.uuid), str(other.uuid)}
    assert sorted(refused.declaration.declared.values_list("submission", flat=True).distinct()) == [1, 2]
    assert verification_of(refused.declaration.number).differences == ()


def test_what_is_replaced_twice_is_replaced_once(refused):
    other = spare(refused)
    amend(refused, other)

    amend(refused, other)

    assert refused.declaration.steps.filter(move=Move.AMEND).count() == 1


def test_another_credit_takes_no_place_that_is_taken(refused):
    amend(refused, spare(refused))

    with pytest.raises(actions.MoveRefused, match="nothing to replace"):
        amend(refused, spare(refused))


def test_what_was_amended_passes(refused, auditor, reviewer):
    other = spare(refused)
    amend(refused, other)
    actions.hand_in(audit=refused, by=refused.holder.user, at=AT + DAY)
    actions.begin(audit=refused, by=auditor, at=AT + DAY)
    actions.find(audit=refused, credit=other, verdict=Verdict.VERIFIED, by=auditor, at=AT + DAY)

    actions.pass_audit(audit=refused, by=auditor, at=AT + DAY)

    declaring.approve(declaration=refused.declaration, by=reviewer, at=AT + DAY)
    assert Declaration.objects.get().state == State.ELIGIBLE


@pytest.mark.parametrize(
    "of",
    [{"completed_on": date(2026, 4, 1)}, {"completed_on": date(2023, 2, 28)}, {"subjects": ["chemistry"]}],
    ids=["after the window", "before it", "of another subject"],
)
def test_what_would_not_count_takes_no_place(refused, of):
    other = spare(refused, **of)

    with pytest.raises(actions.MoveRefused):
        amend(refused, other)

    assert (refused.declaration.declared.filter(submission=2).count(), other.allocations.count()) == (0, 0)


def test_what_was_refused_does_not_come_back(refused):
    with pytest.raises(actions.MoveRefused):
        amend(refused, credit_in(refused.declaration, "ethics"))


def test_nothing_is_replaced_that_was_not_asked_for(under_review):
    with pytest.raises(actions.MoveRefused, match="when the Board has asked for more"):
        amend(under_review, spare(under_review))


def test_what_is_said_twice_is_kept_as_it_was_said_first(refused):
    credit, own = credit_in(refused.declaration, "chemistry"), refused.holder.user

    for at in (AT, AT + DAY):
        actions.say_not_available(audit=refused, credit=credit, reason="Lost in a fire.", by=own, at=at)

    assert refused.not_available.get().at == AT


def test_a_holder_says_what_is_not_available_and_takes_it_back(refused):
    credit, own = credit_in(refused.declaration, "chemistry"), refused.holder.user

    actions.say_not_available(audit=refused, credit=credit, reason="Lost in a fire.", by=own, at=AT)
    said = [one.reason for one in refused.not_available.all()]
    actions.say_not_available(audit=refused, credit=credit, reason="", by=own, at=AT)

    assert (said, refused.not_available.count()) == (["Lost in a fire."], 0)


def test_each_word_of_the_board_is_told_once(refused):
    titles = Alert.objects.filter(kind="audit_moved").values_list("title", flat=True)

    assert [title.partition("(ASCP)")[2] for title in titles.order_by("id")] == [
        " selected for an audit",
        ": documents needed",
        ": documents received",
        ": more is needed",
    ]


def test_amending_is_a_step_of_the_declaration(refused):
    amend(refused, spare(refused))

    assert refused.declaration.steps.order_by("id").last().move == Move.AMEND


def test_an_audit_rests_while_its_declaration_is_returned(under_review, auditor, reviewer):
    declaring.send_back(declaration=under_review.declaration, by=reviewer, at=AT, note="A page is missing.")

    with pytest.raises(actions.MoveRefused, match="is with its holder"):
        actions.ask_more(audit=under_review, by=auditor, at=AT, note="More.")

    assert moves_of(auditor, refresh(under_review)) == []


def test_nobody_audits_a_marked_colleague(under_review, auditor):
    ColleagueFactory(auditor=auditor, colleague=under_review.holder)

    assert moves_of(auditor, under_review) == []
