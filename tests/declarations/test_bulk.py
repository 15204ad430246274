"""Bulk approval: only declarations without a flag, each in its own transaction."""

from datetime import timedelta

import pytest

from accounts.enums import Role
from declarations import actions
from declarations.enums import Ruled, State
from declarations.models import Waiting
from education.models import Credit
from tests.declarations.reviews import AT, LATER, credit_in, submitted
from tests.factories import UserFactory, in_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def declaration():
    return submitted()


def test_only_what_has_no_flag_is_approved_with_others(declaration, reviewer):
    late, taken, judged, audited = submitted(at=AT + timedelta(days=25)), submitted(), submitted(), submitted()
    actions.claim(declaration=taken, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)
    actions.rule(
        declaration=judged, credit=credit_in(judged, "rest"), outcome=Ruled.REFUSED, reason="No.", by=reviewer, at=LATER
    )
    in_state(audited, State.UNDER_AUDIT)

    done = actions.approve_unflagged(declarations=[declaration, late, taken, judged, audited], by=reviewer, at=LATER)

    assert done.approved == (declaration.number,)
    assert [(left.number, left.why.partition(" is working")[2][:8] or left.why) for left in done.left] == [
        (late.number, "Late"),
        (taken.number, " on this"),
        (judged.number, "Some of its credits are not accepted."),
        (audited.number, "Under audit"),
    ]


def test_approving_many_twice_changes_nothing_more(declaration, reviewer):
    first, second = (actions.approve_unflagged(declarations=[declaration], by=reviewer, at=LATER) for _time in range(2))

    assert (len(first.approved), len(second.approved)) == (1, 0)
    assert "no longer possible" in second.left[0].why


def test_one_that_came_up_meanwhile_is_left(declaration, reviewer):
    Credit.objects.filter(pk=credit_in(declaration, "ethics").pk).update(corrected_at=LATER)

    done = actions.approve_unflagged(declarations=[declaration], by=reviewer, at=LATER + timedelta(hours=1))

    assert [left.why for left in done.left] == ["Changed since declared"]


def test_nobody_approves_their_own_with_others(declaration):
    user = declaration.holder.user
    user.roles = [Role.REVIEWER]
    user.save()

    done = actions.approve_unflagged(declarations=[declaration], by=user, at=LATER)

    assert [left.why for left in done.left] == ["You are not allowed to decide on this declaration."]


def test_what_the_queue_does_not_know_is_not_approved_unseen(reviewer):
    late = submitted(at=AT + timedelta(days=25))
    Waiting.objects.filter(pk=late.pk).delete()

    done = actions.approve_unflagged(declarations=[late], by=reviewer, at=LATER)

    assert [left.why for left in done.left] == ["Late"]
