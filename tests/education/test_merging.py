from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.enums import AlertKind
from accounts.models import Alert
from education import actions
from education.actions.merging import said_of
from education.enums import MatchState
from education.models import Allocation, Credit, CycleStatus, Evidence, Match
from tests.education.pairs import declared, pair_of, share, shares
from tests.factories import CycleFactory, DisputeFactory, EvidenceFactory, HolderUserFactory, close

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


def test_match_leaves_the_recorded_credit_with_the_facts_of_its_provider(decide, pair, now):
    decide(actions.match, pair)

    credit = Credit.objects.get()
    assert (credit.pk, credit.uuid) == (pair.recorded.pk, pair.recorded.uuid)
    assert (credit.provider, credit.external_id, credit.provider_name) == (pair.provider, "LE-1", "")
    assert (credit.title, credit.kind, credit.subjects, credit.completed_on) == (
        "Troponin in practice", pair.delivered.kind, ["chemistry"], pair.delivered.completed_on,
    )  # fmt: skip
    assert (credit.unit, credit.quantity, credit.points, credit.corrected_at) == ("points", 2, 2, now)


def test_match_hands_the_shares_over(decide, pair, cycle):
    share(pair.delivered, cycle, "chemistry", "1.50")

    decide(actions.match, pair)

    assert shares() == [(pair.recorded_id, "chemistry", "1.50")]


def test_what_is_handed_over_stays_as_old_as_it_was(decide, pair, cycle, now):
    handed = share(pair.delivered, cycle, "chemistry", "1.50")
    Allocation.objects.filter(pk=handed.pk).update(created_at=now - timedelta(days=9))

    decide(actions.match, pair)

    assert Allocation.objects.get().created_at == now - timedelta(days=9)


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
    assert "Released from your allocation: 2." in Alert.objects.get(kind=AlertKind.SHARES_RELEASED).body


def test_undoing_cuts_the_newest_shares_first(decide, pair, cycle):
    share(pair.delivered, cycle, "chemistry", "1.50")
    share(pair.delivered, cycle, "rest", "0.50")
    decide(actions.match, pair)
    Match.objects.update(said={**Match.objects.get().said, "points": "1.75"})

    decide(actions.unmatch, pair)

    assert shares() == [(pair.recorded_id, "chemistry", "1.50"), (pair.recorded_id, "rest", "0.25")]


def test_undoing_brings_the_standing_up_to_date(decide, pair, cycle, now):
    share(pair.delivered, cycle, "chemistry", "2.00")
    decide(actions.match, pair)
    Match.objects.update(said={**Match.objects.get().said, "points": "0.50"})

    decide(actions.unmatch, pair)

    assert CycleStatus.objects.get(cycle=cycle).counted == Decimal("0.50")


def test_match_hands_the_disputes_over(decide, pair, user):
    dispute = DisputeFactory(credit=pair.delivered, raised_by=user)

    decide(actions.match, pair)

    dispute.refresh_from_db()
    assert dispute.credit == pair.recorded
