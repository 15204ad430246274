"""The same form sent twice, in sequence or by double click: one step, and a message for the second."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from audits import actions
from audits.enums import AuditMove, AuditState
from audits.models import AuditStep
from tests.at_once import at_once
from tests.audits.auditing import reached
from tests.declarations.reviews import AT
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
UNTIL = (AT + timedelta(days=60)).date().isoformat()
# From which state, and what the second is told; handed in or taken twice, it is as after the first time.
TWICE = {
    AuditMove.REQUEST: (AuditState.SELECTED, "This audit is now “Documents requested”, so that is no longer possible."),
    AuditMove.HAND_IN: (AuditState.REQUESTED, "Submitted. The Board will now review your documents."),
    AuditMove.BEGIN: (AuditState.RECEIVED, "This audit is now “Under review”, so that is no longer possible."),
    AuditMove.ASK_MORE: (
        AuditState.UNDER_REVIEW,
        "This audit is now “More documents needed”, so that is no longer possible.",
    ),
    AuditMove.PASS: (AuditState.UNDER_REVIEW, "This audit is now “Passed”, so that is no longer possible."),
    AuditMove.PROPOSE: (
        AuditState.UNDER_REVIEW,
        "You proposed failing this audit. Another auditor decides.",
    ),
    AuditMove.FAIL: (AuditState.UNDER_REVIEW, "This audit is now “Failed”, so that is no longer possible."),
    AuditMove.TAKE: (AuditState.UNDER_REVIEW, None),
    AuditMove.EXTEND: (AuditState.REQUESTED, "Choose a later day. A deadline can only be extended."),
}


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(AT, tick=False):
        yield


def test_every_move_is_tried():
    assert set(TWICE) == set(AuditMove)


def ready_for(move):
    """An audit from which the move is legal, and who makes it."""
    auditor = UserFactory(roles=[Role.AUDITOR])
    audit = reached(TWICE[move][0], auditor)
    if move == AuditMove.FAIL:
        actions.propose_failing(audit=audit, by=auditor, at=AT, note="No proof.")
    if move == AuditMove.HAND_IN:
        return audit, audit.holder.user
    return audit, UserFactory(roles=[Role.AUDITOR]) if move in {AuditMove.FAIL, AuditMove.TAKE} else auditor


def form_of(audit, move):
    """Where its form goes, and what is in it."""
    if move == AuditMove.HAND_IN:
        return reverse("audits:hand_in", args=[audit.declaration.uuid]), {"note": "All there.", "anyway": "on"}
    if move == AuditMove.EXTEND:
        return reverse("admin:audits_audit_extend", args=[audit.pk]), {"until": UNTIL, "note": "You were ill."}
    audit.refresh_from_db()
    taken_from = f"?seen={audit.auditor_id}" if move == AuditMove.TAKE else ""
    return reverse("admin:audits_audit_decide", args=[audit.pk, move.value]) + taken_from, {"note": "It has no date."}


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def steps(move):
    return AuditStep.objects.filter(move=move).count()


@pytest.mark.parametrize("move", TWICE)
def test_a_form_sent_again_changes_nothing_and_says_why(move):
    audit, user = ready_for(move)
    client, form = signed_in(user), form_of(audit, move)

    first, second = client.post(*form), client.post(*form)

    told = [str(one) for one in get_messages(second.wsgi_request)]
    assert (first.status_code, second.status_code, steps(move)) == (302, 302, 1)
    assert TWICE[move][1] in told if TWICE[move][1] else told == []


@pytest.mark.parametrize("move", TWICE)
def test_a_double_click_is_one_step(in_thread, move):
    audit, user = ready_for(move)
    clicks = [partial(signed_in(user).post, *form_of(audit, move)) for _time in range(2)]

    answers = at_once(in_thread, *clicks)

    assert ([one.status_code for one in answers], steps(move)) == ([302, 302], 1)
