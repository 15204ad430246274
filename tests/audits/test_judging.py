"""Findings of an audit and its result: passed or failed, and by whom."""

import pytest
from django.urls import reverse

from accounts.enums import Role
from audits import actions
from audits.enums import AuditState, Verdict
from declarations import actions as declaring
from declarations.enums import Grounds, State
from declarations.models import Declaration
from declarations.queries import judged_standing
from tests.audits.auditing import begun, find_all, refresh
from tests.declarations.reviews import AT
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:audits_audit_changelist")


@pytest.fixture
def colleague():
    return UserFactory(roles=[Role.AUDITOR])


@pytest.fixture
def under_review(auditor):
    return begun(auditor)


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

    with pytest.raises(actions.MoveRefused, match="Someone else must approve it"):
        declaring.approve(declaration=under_review.declaration, by=auditor, at=AT)


def test_an_auditor_approves_where_the_setting_says_so(settings, under_review, auditor):
    settings.AUDITOR_MAY_APPROVE = True
    find_all(under_review, auditor)

    actions.pass_audit(audit=under_review, by=auditor, at=AT)

    assert Declaration.objects.get().state == State.ELIGIBLE


@pytest.mark.parametrize("move", ["approve", "deny"])
def test_a_reviewer_waits_for_the_audit(under_review, reviewer, move):
    note = {} if move == "approve" else {"note": "No."}

    with pytest.raises(actions.MoveRefused, match="The audit must be decided first"):
        getattr(declaring, move)(declaration=under_review.declaration, by=reviewer, at=AT, **note)


@pytest.mark.parametrize("verdict", [Verdict.UNCLEAR, None])
def test_what_is_not_clear_does_not_pass(under_review, auditor, verdict):
    if verdict:
        find_all(under_review, auditor, ethics=verdict)

    with pytest.raises(actions.MoveRefused, match="no finding yet, or an unclear one"):
        actions.pass_audit(audit=under_review, by=auditor, at=AT)


def test_what_is_refused_does_not_count(under_review, auditor):
    find_all(under_review, auditor, ethics=Verdict.REFUSED)

    with pytest.raises(actions.MoveRefused, match="1 point in medical ethics"):
        actions.pass_audit(audit=under_review, by=auditor, at=AT)


def test_a_refusal_that_is_taken_back_counts_again(under_review, auditor):
    find_all(under_review, auditor, ethics=Verdict.REFUSED)
    find_all(under_review, auditor)

    assert judged_standing(under_review.declaration).is_complete


def test_the_list_says_that_a_second_auditor_decides(client, under_review, auditor, colleague):
    find_all(under_review, auditor)
    client.force_login(colleague)

    def says():
        return "failure proposed: a second auditor decides" in client.get(LIST).content.decode()

    before = says()
    actions.propose_failing(audit=under_review, by=auditor, at=AT, note="No proof.")
    proposed = says()
    actions.fail(audit=under_review, by=colleague, at=AT, note="No proof.")

    assert (before, proposed, says()) == (False, True, False)


def test_a_fail_asks_for_four_eyes(under_review, auditor, colleague):
    with pytest.raises(actions.MoveRefused, match="Propose failing this audit first"):
        actions.fail(audit=under_review, by=auditor, at=AT, note="No proof.")
    actions.propose_failing(audit=under_review, by=auditor, at=AT, note="No proof.")
    with pytest.raises(actions.MoveRefused, match="You proposed failing this audit"):
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
