from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.enums import AlertKind, Role
from accounts.models import Alert
from education import actions
from education.actions.merging import said_of
from education.enums import MatchState
from education.models import Allocation, Credit, CycleStatus, Evidence, Match
from tests.factories import (
    ActivityKindFactory,
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    EvidenceFactory,
    HolderUserFactory,
    MatchFactory,
    UserFactory,
    close,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(now):
    return HolderUserFactory()


@pytest.fixture
def pair(user):
    """Three points recorded; delivered as two, under another title, kind and day."""
    recorded = CreditFactory(
        holder=user.holder,
        self_recorded=True,
        title="Troponin at the bench",
        kind=ActivityKindFactory(code="in-service"),
        subjects=["chemistry", "safety"],
        points=Decimal("3.00"),
        unit="contact-hour",
    )
    delivered = CreditFactory(holder=user.holder, external_id="LE-1", unit="points", title="Troponin in practice")
    return MatchFactory(recorded=recorded, delivered=delivered)


@pytest.fixture
def cycle(user):
    return CycleFactory(holder=user.holder)


@pytest.fixture
def decide(user, now):
    return lambda action, pair, by=user: action(match=pair, by=by, at=now)


def share(credit, cycle, area, points):
    return AllocationFactory(
        credit=credit, cycle=cycle, area=cycle.requirement_set.areas.get(code=area), points=Decimal(points)
    )


def shares():
    """What is allocated, by credit and area."""
    rows = Allocation.objects.order_by("cycle", "area__position")
    return [(credit, area, str(points)) for credit, area, points in rows.values_list("credit", "area__code", "points")]


def declared(cycle, now):
    cycle.declared_on, cycle.shares_frozen_at = now.date(), now
    cycle.save()


# --- The same ---------------------------------------------------------------------------------------------------------


def test_match_leaves_the_recorded_credit_with_the_facts_of_its_provider(decide, pair, now):
    decide(actions.match, pair)

    credit = Credit.objects.get()
    assert (credit.pk, credit.uuid) == (pair.recorded.pk, pair.recorded.uuid)
    assert (credit.provider, credit.external_id, credit.provider_name) == (pair.provider, "LE-1", "")
    assert (credit.title, credit.kind, credit.subjects, credit.completed_on) == (
        "Troponin in practice", pair.delivered.kind, ["chemistry"], pair.delivered.completed_on,
    )  # fmt: skip
    assert (credit.unit, credit.quantity, credit.points, credit.corrected_at) == ("points", 2, 2, now)


def test_match_keeps_the_decision_and_what_was_said(decide, pair, user, now):
    said = said_of(pair.recorded)

    decided = decide(actions.match, pair)

    assert (decided.state, decided.delivered, decided.said) == (MatchState.MATCHED, None, said)
    assert (decided.decided_by, decided.decided_at) == (user, now)


def test_match_hands_the_shares_over(decide, pair, cycle):
    share(pair.delivered, cycle, "chemistry", "1.50")

    decide(actions.match, pair)

    assert shares() == [(pair.recorded_id, "chemistry", "1.50")]


def test_match_adds_shares_of_one_area(decide, pair, cycle):
    share(pair.recorded, cycle, "chemistry", "0.75")
    share(pair.delivered, cycle, "chemistry", "1.00")

    decide(actions.match, pair)

    assert shares() == [(pair.recorded_id, "chemistry", "1.75")]


@pytest.mark.parametrize(
    ("own", "left"),
    [
        ("0.50", ["0.50", "1.50"]),
        ("1.75", ["1.75", "0.25"]),
        ("2.00", ["2.00"]),
        ("3.00", ["2.00"]),
    ],
)
def test_match_keeps_the_recorded_shares_first(decide, pair, cycle, own, left):
    share(pair.recorded, cycle, "chemistry", own)
    share(pair.delivered, cycle, "rest", "2.00")

    decide(actions.match, pair)

    assert shares() == list(zip([pair.recorded_id] * 2, ["chemistry", "rest"], left, strict=False))


def test_match_keeps_whole_steps(decide, pair, cycle):
    Credit.objects.filter(pk=pair.delivered.pk).update(points=Decimal("1.90"))
    share(pair.recorded, cycle, "chemistry", "3.00")

    decide(actions.match, pair)

    assert shares() == [(pair.recorded_id, "chemistry", "1.75")]


def test_match_tells_what_was_released(decide, pair, cycle, user):
    share(pair.recorded, cycle, "chemistry", "3.00")
    share(pair.delivered, cycle, "rest", "1.50")

    decide(actions.match, pair)

    alert = Alert.objects.get(kind=AlertKind.SHARES_RELEASED)
    assert (alert.holder, alert.title) == (user.holder, "Allocation reduced: “Troponin in practice”")
    assert alert.body.startswith("2.5 of the points allocated to it are free again")


def test_match_that_releases_nothing_tells_nothing(decide, pair, cycle):
    share(pair.delivered, cycle, "chemistry", "2.00")

    decide(actions.match, pair)

    assert not Alert.objects.exists()


def test_match_brings_the_standing_up_to_date(decide, pair, cycle):
    share(pair.delivered, cycle, "chemistry", "1.50")

    decide(actions.match, pair)

    assert CycleStatus.objects.get(cycle=cycle).counted == Decimal("1.50")


def test_match_counts_in_one_cycle_of_a_credential_only(decide, pair, user, now):
    earlier = CycleFactory(ended=True, holder=user.holder)
    share(pair.recorded, earlier, "chemistry", "2.00")
    close(earlier)
    share(pair.delivered, CycleFactory(credential=earlier.credential), "chemistry", "2.00")

    decide(actions.match, pair)

    assert shares() == [(pair.recorded_id, "chemistry", "2.00")]
    assert Alert.objects.filter(kind=AlertKind.SHARES_RELEASED).exists()


def test_match_leaves_what_was_declared(decide, pair, cycle, now):
    share(pair.recorded, cycle, "chemistry", "3.00")
    declared(cycle, now)

    decide(actions.match, pair)

    assert shares() == [(pair.recorded_id, "chemistry", "3.00")]


def test_match_hands_the_documents_over(decide, pair):
    document = EvidenceFactory(credit=pair.delivered)

    decide(actions.match, pair)

    assert Evidence.objects.get() == document
    assert Evidence.objects.get().credit_id == pair.recorded_id


def test_match_shows_the_same_document_once(decide, pair, now):
    kept, other = EvidenceFactory(credit=pair.recorded), EvidenceFactory(credit=pair.delivered)

    decide(actions.match, pair)

    assert list(Evidence.objects.order_by("id").values_list("pk", "removed_at")) == [(kept.pk, None), (other.pk, now)]


def test_match_is_refused_when_the_delivered_credit_is_declared(decide, pair, cycle, now):
    share(pair.delivered, cycle, "chemistry", "2.00")
    declared(cycle, now)

    with pytest.raises(actions.MatchRefused, match="withdraw the one you recorded instead"):
        decide(actions.match, pair)

    assert Credit.objects.count() == 2


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
    decided = decide(actions.tell_apart, pair)

    assert (decided.state, decided.delivered, decided.said) == (MatchState.DIFFERENT, pair.delivered, None)
    assert (decided.decided_by, decided.decided_at) == (user, now)
    assert Credit.objects.count() == 2


def test_telling_apart_twice_decides_once(decide, pair, now):
    first = decide(actions.tell_apart, pair)

    second = actions.tell_apart(match=pair, by=UserFactory(), at=now + timedelta(days=1))

    assert second.decided_at == first.decided_at


# --- Undone -----------------------------------------------------------------------------------------------------------


def test_undoing_gives_both_credits_back(decide, pair, now):
    recorded, delivered = said_of(pair.recorded), said_of(pair.delivered)
    decide(actions.match, pair)

    undone = decide(actions.unmatch, pair)

    assert (undone.state, undone.recorded, said_of(undone.recorded)) == (MatchState.UNDONE, pair.recorded, recorded)
    assert (undone.recorded.provider, undone.recorded.external_id) == (None, None)
    assert said_of(undone.delivered) == delivered
    assert (undone.delivered.provider, undone.delivered.external_id) == (pair.provider, "LE-1")


def test_undoing_keeps_what_the_provider_corrected_since(decide, pair, now):
    decide(actions.match, pair)
    Credit.objects.update(points=Decimal("2.50"), corrected_at=now, withdrawn_at=now)

    undone = decide(actions.unmatch, pair)

    assert (undone.delivered.points, undone.delivered.corrected_at, undone.delivered.withdrawn_at) == (
        Decimal("2.50"), now, now,
    )  # fmt: skip
    assert (undone.recorded.points, undone.recorded.withdrawn_at) == (Decimal("3.00"), None)


def test_undoing_leaves_the_shares_with_the_recorded_credit(decide, pair, cycle):
    share(pair.delivered, cycle, "chemistry", "2.00")
    decide(actions.match, pair)

    decide(actions.unmatch, pair)

    assert shares() == [(pair.recorded_id, "chemistry", "2.00")]


def test_undoing_cuts_shares_to_what_was_recorded(decide, pair, cycle):
    Credit.objects.filter(pk=pair.delivered.pk).update(points=Decimal("5.00"))
    share(pair.delivered, cycle, "chemistry", "5.00")
    decide(actions.match, pair)

    decide(actions.unmatch, pair)

    assert shares() == [(pair.recorded_id, "chemistry", "3.00")]
    assert "2 of the points" in Alert.objects.get(kind=AlertKind.SHARES_RELEASED).body


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


ILLEGAL = [
    ([], actions.unmatch),
    ([actions.tell_apart], actions.match),
    ([actions.tell_apart], actions.unmatch),
    ([actions.match], actions.tell_apart),
    ([actions.match, actions.unmatch], actions.match),
    ([actions.match, actions.unmatch], actions.tell_apart),
]


@pytest.mark.parametrize(("before", "action"), ILLEGAL)
def test_decision_that_was_made_stands(decide, pair, before, action):
    for earlier in before:
        decide(earlier, pair)

    with pytest.raises(actions.MatchRefused, match="decided before"):
        decide(action, pair)


# --- Told -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "title"),
    [
        ([actions.match], "“Troponin in practice”: what you recorded is what Laboratory Education Network delivered"),
        ([actions.tell_apart], "“Troponin at the bench”: what you recorded is not what Laboratory Education Network"),
        ([actions.match, actions.unmatch], "“Troponin at the bench”: no longer matched with what Laboratory"),
    ],
)
def test_decision_of_the_board_is_told(decide, pair, user, taken, title):
    registrar = UserFactory(roles=[Role.REGISTRAR])

    for action in taken:
        decide(action, pair, by=registrar)

    alert = user.holder.alerts.filter(kind=AlertKind.CREDIT_MATCHED).order_by("-id").first()
    assert alert.title.startswith(title)


def test_own_decision_needs_no_telling(decide, pair):
    decide(actions.tell_apart, pair)

    assert not Alert.objects.exists()


def test_long_titles_fit_an_alert(decide, pair):
    Credit.objects.filter(pk=pair.recorded.pk).update(title="t" * 300)

    decide(actions.tell_apart, pair, by=UserFactory(roles=[Role.REGISTRAR]))

    assert len(Alert.objects.get().title) <= 200


# --- At once ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", [actions.match, actions.tell_apart])
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
