"""Concurrent actions on an audit, over separate connections: one outcome, and one step."""

from datetime import timedelta

import pytest

from accounts.enums import Role
from audits import actions
from audits.enums import AuditMove, AuditState, Verdict
from audits.models import Audit, AuditStep, Finding
from declarations.enums import State
from declarations.models import Declaration
from education.models import Credit
from tests.at_once import at_once
from tests.audits.auditing import amend, begun, find_all, reached, spare
from tests.declarations.reviews import AT, credit_in, submitted
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def audit(auditor):
    return begun(auditor)


def each_done(in_thread, *calls):
    """All of them start together; whether each was done."""

    def done(call):
        def run():
            try:
                call()
            except actions.MoveRefused:
                return False
            return True

        return run

    return at_once(in_thread, *[done(call) for call in calls])


def test_selected_at_once_it_is_one_audit(in_thread, auditor):
    declaration = submitted()

    done = each_done(in_thread, *[lambda: actions.select(declaration=declaration, by=auditor, at=AT)] * 3)

    assert (done, Audit.objects.count()) == ([True] * 3, 1)


def test_passed_and_proposed_to_fail_at_once(in_thread, audit, auditor):
    find_all(audit, auditor)

    each_done(
        in_thread,
        lambda: actions.pass_audit(audit=audit, by=auditor, at=AT),
        lambda: actions.pass_audit(audit=audit, by=auditor, at=AT),
        lambda: actions.ask_more(audit=audit, by=auditor, at=AT, note="More."),
    )

    ended = AuditStep.objects.filter(from_state=AuditState.UNDER_REVIEW)
    assert [step.to_state for step in ended] == [Audit.objects.get().state]


def test_failed_by_two_colleagues_at_once_is_failed_once(in_thread, audit, auditor):
    actions.propose_failing(audit=audit, by=auditor, at=AT, note="No proof.")
    colleagues = [UserFactory(roles=[Role.AUDITOR]) for _time in range(2)]

    done = each_done(
        in_thread,
        *[lambda who=who: actions.fail(audit=audit, by=who, at=AT, note="No proof.") for who in colleagues],
    )

    assert sorted(done) == [False, True]
    assert (Declaration.objects.get().state, AuditStep.objects.filter(move=AuditMove.FAIL).count()) == (State.DENIED, 1)


def test_taken_by_two_at_once_there_is_one_auditor(in_thread, audit):
    colleagues = [UserFactory(roles=[Role.AUDITOR]) for _time in range(2)]

    seen = Audit.objects.get().auditor_id

    done = each_done(
        in_thread, *[lambda who=who: actions.take(audit=audit, by=who, at=AT, seen=seen) for who in colleagues]
    )

    newest = AuditStep.objects.filter(move=AuditMove.TAKE).latest("id")
    assert (sorted(done), newest.by_id) == ([False, True], Audit.objects.get().auditor_id)


def test_one_finding_for_a_credit_judged_at_once(in_thread, audit, auditor):
    credit = credit_in(audit.declaration, "ethics")
    said = {"audit": audit, "credit": credit, "by": auditor, "at": AT}

    each_done(
        in_thread,
        lambda: actions.find(verdict=Verdict.VERIFIED, **said),
        lambda: actions.find(verdict=Verdict.REFUSED, reason="No date.", **said),
    )

    refused = Finding.objects.get().verdict == Verdict.REFUSED
    rulings = credit.rulings.order_by("-id").values_list("outcome", flat=True)
    assert (next(iter(rulings), "accepted") == "refused") == refused


def test_amended_twice_at_once_is_amended_once(in_thread, audit, auditor):
    find_all(audit, auditor, ethics=Verdict.REFUSED)
    actions.ask_more(audit=audit, by=auditor, at=AT, note="No date.")
    fresh = Audit.objects.select_related("declaration").get()
    one, other = spare(fresh), spare(fresh)

    done = each_done(in_thread, lambda: amend(fresh, one), lambda: amend(fresh, other))

    assert sorted(done) == [False, True]
    assert Declaration.objects.get().declared.filter(submission=2).exists()
    assert Credit.objects.filter(pk__in=[one.pk, other.pk], allocations__isnull=False).count() == 1


UNTIL = AT.date() + timedelta(days=60)
RACED = {
    AuditMove.REQUEST: (AuditState.SELECTED, lambda a, who: actions.request_documents(audit=a, by=who, at=AT)),
    AuditMove.HAND_IN: (AuditState.REQUESTED, lambda a, who: actions.hand_in(audit=a, by=a.holder.user, at=AT)),
    AuditMove.BEGIN: (AuditState.RECEIVED, lambda a, who: actions.begin(audit=a, by=who, at=AT)),
    AuditMove.ASK_MORE: (AuditState.UNDER_REVIEW, lambda a, who: actions.ask_more(audit=a, by=who, at=AT, note="No.")),
    AuditMove.PASS: (AuditState.UNDER_REVIEW, lambda a, who: actions.pass_audit(audit=a, by=who, at=AT)),
    AuditMove.PROPOSE: (
        AuditState.UNDER_REVIEW,
        lambda a, who: actions.propose_failing(audit=a, by=who, at=AT, note="No."),
    ),
    AuditMove.EXTEND: (
        AuditState.REQUESTED,
        lambda a, who: actions.extend(audit=a, until=UNTIL, by=who, at=AT, note="Ill."),
    ),
}


@pytest.mark.parametrize("move", RACED)
def test_a_move_made_three_times_at_once_is_made_once(in_thread, auditor, move):
    state, call = RACED[move]
    audit = reached(state, auditor)

    done = each_done(in_thread, *[lambda: call(audit, auditor)] * 3)

    assert AuditStep.objects.filter(move=move).count() == 1
    # Handing in is the one that says yes to whoever comes second.
    assert done.count(True) == (3 if move == AuditMove.HAND_IN else 1)
