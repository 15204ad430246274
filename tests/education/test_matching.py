from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.enums import AlertKind, Role
from accounts.models import Alert
from education import actions
from education.actions.merging import said_of
from education.enums import MatchState
from education.models import Credit, Match, Provider
from tests.education.pairs import declared, pair_of, share, shares
from tests.factories import CorrespondenceFactory, CycleFactory, HolderUserFactory, MatchFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(now):
    return HolderUserFactory()


@pytest.fixture
def pair(user):
    return pair_of(user.holder)


@pytest.fixture
def cycle(user):
    return CycleFactory(holder=user.holder)


@pytest.fixture
def decide(user, now):
    return lambda action, pair, by=user: action(match=pair, by=by, at=now)


# --- The same ---------------------------------------------------------------------------------------------------------


def test_match_keeps_the_decision_and_what_was_said(decide, pair, user, now):
    said = said_of(pair.recorded)

    decided = decide(actions.match, pair)

    assert (decided.state, decided.delivered, decided.said) == (MatchState.MATCHED, None, said)
    assert (decided.decided_by, decided.decided_at) == (user, now)


def test_match_tells_what_was_released(decide, pair, cycle, user):
    share(pair.recorded, cycle, "chemistry", "3.00")
    share(pair.delivered, cycle, "rest", "1.50")

    decide(actions.match, pair)

    alert = Alert.objects.get(kind=AlertKind.SHARES_RELEASED)
    assert (alert.holder, alert.title) == (user.holder, "Allocation reduced: “Troponin in practice”")
    assert alert.body.startswith("Released from your allocation: 2.5.")


def test_match_that_releases_nothing_tells_nothing(decide, pair, cycle):
    share(pair.delivered, cycle, "chemistry", "2.00")

    decide(actions.match, pair)

    assert not Alert.objects.exists()


def test_match_is_refused_when_the_delivered_credit_is_declared(decide, pair, cycle, now):
    share(pair.delivered, cycle, "chemistry", "2.00")
    declared(cycle, now)

    with pytest.raises(actions.MatchRefused, match="Withdraw the one you recorded instead"):
        decide(actions.match, pair)

    assert Credit.objects.count() == 2


def test_the_board_is_told_who_can_withdraw_the_recorded_credit(pair, cycle, now):
    share(pair.delivered, cycle, "chemistry", "2.00")
    declared(cycle, now)

    with pytest.raises(actions.MatchRefused, match="Only the holder can withdraw the recorded one"):
        actions.match(match=pair, by=UserFactory(), at=now)


@pytest.mark.parametrize("side", ["recorded", "delivered"])
def test_match_is_refused_when_one_is_withdrawn(decide, pair, now, side):
    Credit.objects.filter(pk=getattr(pair, side).pk).update(withdrawn_at=now)

    with pytest.raises(actions.MatchRefused, match="nothing to decide"):
        decide(actions.match, pair)


def test_match_is_refused_once_the_recorded_credit_is_another(decide, pair):
    other = MatchFactory(recorded=pair.recorded)
    decide(actions.match, pair)

    with pytest.raises(actions.MatchRefused, match="nothing to decide"):
        decide(actions.match, other)


def test_match_is_refused_once_the_delivered_credit_is_another(decide, pair):
    other = MatchFactory(delivered=pair.delivered)
    decide(actions.match, pair)

    with pytest.raises(actions.MatchRefused, match="nothing to decide"):
        decide(actions.match, other)


def test_matching_twice_matches_once(decide, pair, now):
    first = decide(actions.match, pair)

    second = actions.match(match=pair, by=UserFactory(), at=now + timedelta(days=1))

    assert (second.decided_at, second.decided_by) == (first.decided_at, first.decided_by)


def test_match_that_is_rolled_back_leaves_both(decide, pair, cycle):
    share(pair.delivered, cycle, "chemistry", "2.00")

    with pytest.raises(RuntimeError), transaction.atomic():
        decide(actions.match, pair)
        raise RuntimeError

    assert (Credit.objects.count(), shares()) == (2, [(pair.delivered.pk, "chemistry", "2.00")])
    assert Match.objects.get().state == MatchState.DOUBTFUL


# --- Different --------------------------------------------------------------------------------------------------------


def test_telling_apart_leaves_two_credits(decide, pair, user, now):
    decided = decide(actions.mark_different, pair)

    assert (decided.state, decided.delivered, decided.said) == (MatchState.DIFFERENT, pair.delivered, None)
    assert (decided.decided_by, decided.decided_at) == (user, now)
    assert Credit.objects.count() == 2


def test_telling_apart_twice_decides_once(decide, pair, now):
    first = decide(actions.mark_different, pair)

    second = actions.mark_different(match=pair, by=UserFactory(), at=now + timedelta(days=1))

    assert second.decided_at == first.decided_at


# --- Undone -----------------------------------------------------------------------------------------------------------


def test_undoing_asks_again_about_the_others(decide, pair):
    for other in (MatchFactory(recorded=pair.recorded), MatchFactory(delivered=pair.delivered)):
        assert other in Match.objects.waiting()
    decide(actions.match, pair)
    assert not Match.objects.waiting().exists()

    undone = decide(actions.unmatch, pair)

    waiting = Match.objects.waiting().order_by("id")
    assert [other.delivered == undone.delivered for other in waiting] == [False, True]


def test_undoing_is_refused_when_declared(decide, pair, cycle, now):
    share(pair.delivered, cycle, "chemistry", "2.00")
    decide(actions.match, pair)
    declared(cycle, now)

    with pytest.raises(actions.MatchRefused, match="part of a declaration"):
        decide(actions.unmatch, pair)


def test_undoing_twice_undoes_once(decide, pair):
    decide(actions.match, pair)

    for _time in range(2):
        decide(actions.unmatch, pair)

    assert Credit.objects.count() == 2


def test_undone_match_can_be_made_again(decide, pair, cycle):
    share(pair.recorded, cycle, "chemistry", "3.00")
    for action in (actions.match, actions.unmatch):
        decide(action, pair)
    said = said_of(Credit.objects.get(pk=pair.recorded_id))

    again = decide(actions.match, pair)

    assert (again.state, again.delivered, again.said) == (MatchState.MATCHED, None, said)
    assert shares() == [(pair.recorded_id, "chemistry", "2.00")]
    assert decide(actions.unmatch, pair).state == MatchState.UNDONE


def test_undone_match_is_not_made_again_without_its_two_credits(decide, pair, now):
    for action in (actions.match, actions.unmatch):
        decide(action, pair)
    Credit.objects.filter(pk=pair.recorded_id).update(withdrawn_at=now)

    with pytest.raises(actions.MatchRefused, match="nothing to decide"):
        decide(actions.match, pair)


def test_undone_match_asks_nobody_by_itself(decide, pair):
    for action in (actions.match, actions.unmatch):
        decide(action, pair)

    assert not Match.objects.waiting().exists()


def test_repeated_match_is_told_again(pair, now):
    registrar = UserFactory(roles=[Role.REGISTRAR])

    for number, action in enumerate((actions.match, actions.unmatch, actions.match)):
        action(match=pair, by=registrar, at=now + timedelta(minutes=number))

    assert Alert.objects.filter(kind=AlertKind.CREDIT_MATCHED).count() == 3


ILLEGAL = [
    ([], actions.unmatch),
    ([actions.mark_different], actions.match),
    ([actions.mark_different], actions.unmatch),
    ([actions.match], actions.mark_different),
    ([actions.match, actions.unmatch], actions.mark_different),
]


@pytest.mark.parametrize(("before", "action"), ILLEGAL)
def test_decision_that_was_made_stands(decide, pair, before, action):
    for earlier in before:
        decide(earlier, pair)

    with pytest.raises(actions.MatchRefused, match="already decided"):
        decide(action, pair)


# --- Told -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "title"),
    [
        ([actions.match], "“Troponin in practice” is the same as the credit Laboratory Education Network delivered"),
        (
            [actions.mark_different],
            "“Troponin at the bench” is not the same as the credit Laboratory Education Network",
        ),
        ([actions.match, actions.unmatch], "“Troponin at the bench” is no longer matched with the credit Laboratory"),
    ],
)
def test_decision_of_the_board_is_told(decide, pair, user, taken, title):
    registrar = UserFactory(roles=[Role.REGISTRAR])

    for action in taken:
        decide(action, pair, by=registrar)

    alert = user.holder.alerts.filter(kind=AlertKind.CREDIT_MATCHED).order_by("-id").first()
    assert alert.title.startswith(title)


def test_own_decision_needs_no_telling(decide, pair):
    decide(actions.mark_different, pair)

    assert not Alert.objects.exists()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("taken", [[actions.match], [actions.mark_different], [actions.match, actions.unmatch]])
def test_long_titles_fit_an_alert(decide, pair, user, language, taken):
    CorrespondenceFactory(holder=user.holder, language=language)
    Provider.objects.update(title="p" * 160)
    Credit.objects.update(title="t" * 300)
    pair = Match.objects.get()

    for action in taken:
        decide(action, pair, by=UserFactory(roles=[Role.REGISTRAR]))

    alerts = Alert.objects.filter(kind=AlertKind.CREDIT_MATCHED)
    assert (len(alerts), max(len(alert.title) for alert in alerts) <= 200) == (len(taken), True)


# --- At once ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", [actions.match, actions.mark_different])
def test_two_decisions_at_once_are_made_one_after_the_other(decide, pair, in_thread, until_blocked, second):
    with transaction.atomic():
        decide(actions.match, pair)
        other = in_thread(lambda: decide(second, pair))
        until_blocked()

    assert (other.exception() is None) == (second is actions.match)
    assert Credit.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_match_waits_for_the_withdrawal_of_its_credit(decide, pair, user, now, in_thread, until_blocked):
    with transaction.atomic():
        actions.withdraw(credit=pair.recorded, by=user, at=now)
        other = in_thread(lambda: decide(actions.match, pair))
        until_blocked()

    assert isinstance(other.exception(), actions.MatchRefused)


@pytest.mark.django_db(transaction=True)
def test_match_waits_for_a_share_of_its_credit(decide, pair, user, cycle, now, in_thread, until_blocked):
    area = cycle.requirement_set.areas.get(code="chemistry")
    with transaction.atomic():
        actions.allocate(credit=pair.delivered, cycle=cycle, area=area, points=Decimal("1.00"), by=user, at=now)
        other = in_thread(lambda: decide(actions.match, pair))
        until_blocked()

    assert other.result().state == MatchState.MATCHED
    assert shares() == [(pair.recorded_id, "chemistry", "1.00")]
