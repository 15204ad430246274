"""The Board's decision on an appeal: upheld or overturned, once, and by someone other than the denier."""

from datetime import date

import pytest
import time_machine

from accounts.enums import AlertKind, Role
from accounts.models import Alert
from credentials.models import Cycle
from declarations import actions
from declarations.enums import State
from declarations.permissions import moves_of
from tests.declarations import appealing
from tests.declarations.appealing import LATER
from tests.factories import UserFactory
from tests.planting import found

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def cycle():
    return appealing.cycle_of_a_user()


@pytest.fixture
def denier():
    return UserFactory(roles=[Role.REVIEWER])


@pytest.fixture
def appealed(cycle, denier):
    return appealing.appealed(appealing.denied(cycle, denier))


def test_upheld_the_denial_stands_and_the_cycle_is_free(appealed, cycle, reviewer):
    declaration = actions.uphold(declaration=appealed, by=reviewer, at=LATER, note="The letter does not change it.")

    cycle.refresh_from_db()
    assert (declaration.state, declaration.decided_by) == (State.DENIED, reviewer)
    assert (cycle.declared_on, cycle.shares_frozen_at) == (None, None)


def test_overturned_it_is_renewed_in_the_month_of_expiry(appealed, cycle, reviewer):
    declaration = actions.overturn(declaration=appealed, by=reviewer, at=LATER, note="The illness is proven.")

    following = Cycle.objects.get(credential=cycle.credential, closed_at=None)
    assert (declaration.state, declaration.decided_by) == (State.RENEWED, reviewer)
    assert following.starts_on == date(2026, 4, 1)


def test_a_world_with_appeals_has_no_difference(appealed, reviewer):
    actions.overturn(declaration=appealed, by=reviewer, at=LATER, note="The illness is proven.")

    assert found() == {}


@pytest.mark.parametrize(
    ("decide", "title"),
    [
        (actions.uphold, "Appeal for MLS(ASCP): the denial stands"),
        (actions.overturn, "Appeal for MLS(ASCP): approved after all"),
    ],
)
def test_the_holder_is_told(appealed, reviewer, decide, title):
    decide(declaration=appealed, by=reviewer, at=LATER, note="As the file shows.")

    told = Alert.objects.filter(kind=AlertKind.DECLARATION_MOVED).get(title=title)
    assert told.body == "As the file shows."


@pytest.mark.parametrize("decide", [actions.uphold, actions.overturn])
def test_a_decision_needs_its_reason(appealed, reviewer, decide):
    with pytest.raises(actions.MoveRefused, match="reason"):
        decide(declaration=appealed, by=reviewer, at=LATER, note=" ")


@pytest.mark.parametrize("decide", [actions.uphold, actions.overturn])
def test_it_is_decided_once(appealed, reviewer, decide):
    decide(declaration=appealed, by=reviewer, at=LATER, note="As the file shows.")

    with pytest.raises(actions.MoveRefused, match="no longer possible"):
        decide(declaration=appealed, by=reviewer, at=LATER, note="As the file shows.")


@pytest.mark.parametrize("decide", [actions.uphold, actions.overturn])
def test_who_denied_does_not_decide_on_the_appeal(appealed, denier, decide):
    with pytest.raises(actions.MoveRefused, match="not allowed"):
        decide(declaration=appealed, by=denier, at=LATER, note="I still think so.")


def test_four_eyes_are_a_setting(appealed, denier, settings):
    settings.APPEAL_NEEDS_OTHER_EYES = False

    assert actions.uphold(declaration=appealed, by=denier, at=LATER, note="I still think so.").state == State.DENIED


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRAR, Role.ADMINISTRATOR])
def test_only_reviewers_decide_on_appeals(appealed, role):
    assert moves_of(UserFactory(roles=[role]), appealed) == []
