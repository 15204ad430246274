from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.enums import AlertKind, Withdrawal
from accounts.models import Alert
from credentials.models import Cycle
from education import actions
from education.models import Allocation, Credit, CycleStatus
from tests.education.shares import declared
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    allocate_all,
    close,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    return CycleFactory(requirement_set=MlsRequirementSetFactory())


@pytest.fixture
def user(cycle):
    return HolderUserFactory(holder=cycle.holder)


def area(cycle, code):
    return cycle.requirement_set.areas.get(code=code)


def allocate(cycle, credit, code, points, user, now):
    return actions.allocate(credit=credit, cycle=cycle, area=area(cycle, code), points=Decimal(points), by=user, at=now)


def test_allocate_counts_at_once(cycle, user, now):
    credit = CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=Decimal("2.00"))

    allocate(cycle, credit, "chemistry", "2", user, now)

    assert CycleStatus.objects.get(cycle=cycle).counted == Decimal("2.00")


def test_allocate_twice_is_one_share(cycle, user, now):
    credit = CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=Decimal("2.00"))

    for _time in range(2):
        allocate(cycle, credit, "chemistry", "1.5", user, now)

    assert [share.points for share in Allocation.objects.all()] == [Decimal("1.50")]


@pytest.mark.parametrize(
    ("code", "points", "reason"),
    [
        ("blood-banking", "1", "does not accept its subjects"),
        ("chemistry", "3", "This credit has only 2 points"),
        ("chemistry", "1.3", "in steps of 0.25"),
    ],
)
def test_allocate_refuses_what_would_not_count(cycle, user, now, code, points, reason):
    credit = CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=Decimal("2.00"))

    with pytest.raises(actions.AllocationRefused, match=reason):
        allocate(cycle, credit, code, points, user, now)

    assert not Allocation.objects.exists()


def test_allocate_refuses_a_credit_outside_the_window(cycle, user, now):
    before = cycle.starts_on - timedelta(days=40)
    credit = CreditFactory(holder=cycle.holder, subjects=["chemistry"], completed_on=before)

    with pytest.raises(actions.AllocationRefused, match="the first day that counts"):
        allocate(cycle, credit, "chemistry", "1", user, now)


def test_release_gives_the_points_back(cycle, user, now):
    credit = CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=Decimal("2.00"))
    allocate(cycle, credit, "chemistry", "2", user, now)

    for _time in range(2):
        actions.release(credit=credit, cycle=cycle, area=area(cycle, "chemistry"), by=user, at=now)

    assert not Allocation.objects.exists()
    assert CycleStatus.objects.get(cycle=cycle).counted == 0


def test_the_last_share_tells_the_holder(cycle, user, now):
    last = allocate_all(cycle)[-1]
    Allocation.objects.filter(pk=last.pk).delete()

    allocate(cycle, last.credit, last.area.code, last.points, user, now)

    told = Alert.objects.get(holder=cycle.holder)
    assert told.kind in {AlertKind.ALL_ALLOCATED, AlertKind.READY_TO_DECLARE}


@pytest.mark.django_db(transaction=True)
def test_the_credits_of_a_cycle_are_locked_before_it(cycle, user, now, in_thread, until_blocked):
    shares = allocate_all(cycle)
    with transaction.atomic():
        Credit.objects.select_for_update().get(pk=shares[0].credit_id)
        clearing = in_thread(lambda: actions.clear(cycle=cycle, by=user, at=now))
        until_blocked()
        Cycle.objects.select_for_update(nowait=True).get(pk=cycle.pk)

    assert clearing.result() == len(shares)


@pytest.mark.parametrize(
    ("days", "kind"), [(90, AlertKind.READY_TO_DECLARE), (91, AlertKind.ALL_ALLOCATED)], ids=["on the day", "before"]
)
def test_the_declaration_is_asked_for_from_the_day_it_opens(cycle, now, today, days, kind):
    cycle.ends_on = today + timedelta(days=days)
    cycle.save()
    allocate_all(cycle)

    actions.refresh_status([cycle.pk], at=now)

    assert Alert.objects.get().kind == kind


def test_a_declared_cycle_is_not_asked_for_again(cycle, now):
    allocate_all(cycle)
    declared(cycle)

    actions.refresh_status([cycle.pk], at=now)

    assert (CycleStatus.objects.get().is_complete, Alert.objects.exists()) == (True, False)


def test_what_stays_complete_was_completed_once(cycle, now):
    allocate_all(cycle)

    for _time in range(2):
        actions.refresh_status([cycle.pk], at=now)

    assert CycleStatus.objects.get().times_completed == 1


def test_losing_completeness_withdraws_the_alert_and_says_why(cycle, user, now):
    last = allocate_all(cycle)[-1]
    actions.refresh_status([cycle.pk], at=now)

    actions.release(credit=last.credit, cycle=cycle, area=last.area, by=user, at=now)

    assert [alert.kind for alert in Alert.objects.shown()] == [AlertKind.NO_LONGER_COMPLETE]


def test_completeness_reached_again_is_told_again(cycle, user, now):
    last = allocate_all(cycle)[-1]
    actions.refresh_status([cycle.pk], at=now)
    actions.release(credit=last.credit, cycle=cycle, area=last.area, by=user, at=now)

    allocate(cycle, last.credit, last.area.code, last.points, user, now)

    assert CycleStatus.objects.get(cycle=cycle).times_completed == 2
    assert [alert.title for alert in Alert.objects.shown()] == ["All requirements for MLS(ASCP) are allocated"]
    assert Alert.objects.get(kind=AlertKind.NO_LONGER_COMPLETE).withdrawn_because == Withdrawal.OUTDATED


def test_a_frozen_cycle_keeps_its_shares(cycle, user, now):
    share = allocate_all(cycle)[0]
    cycle.declared_on, cycle.shares_frozen_at = now.date(), now
    cycle.save()

    with pytest.raises(actions.AllocationRefused, match="declared"):
        actions.release(credit=share.credit, cycle=cycle, area=share.area, by=user, at=now)


def test_a_renewed_cycle_keeps_its_shares(cycle, user, now):
    share = allocate_all(cycle)[0]
    close(cycle)

    with pytest.raises(actions.AllocationRefused, match="renewed"):
        actions.release(credit=share.credit, cycle=cycle, area=share.area, by=user, at=now)


def test_allocate_refuses_a_credit_of_another_cycle_of_the_credential(user, now):
    ended = CycleFactory(mls=True, ended=True)
    share = AllocationFactory(cycle=ended, credit__subjects=["chemistry"])
    close(ended)
    cycle = CycleFactory(credential=ended.credential)

    with pytest.raises(actions.AllocationRefused, match="counts in another cycle of this credential"):
        allocate(cycle, share.credit, "chemistry", "1", user, now)


# --- Other numbers of points, and none ------------------------------------------------------------------------------


@pytest.fixture
def shared(cycle):
    """3 of 4 points in chemistry."""
    credit = CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=Decimal("4.00"))
    return AllocationFactory(cycle=cycle, credit=credit, points=Decimal("3.00"))


def change(cycle, user, now, *edits):
    found = [actions.Edit(credit.pk, code, Decimal(points)) for credit, code, points in edits]
    return actions.change(cycle=cycle, edits=found, by=user, at=now)


@pytest.mark.parametrize("points", ["1.25", "4"])
def test_change_sets_another_number(cycle, user, now, shared, points):
    changed = change(cycle, user, now, (shared.credit, "chemistry", points))

    assert (changed, Allocation.objects.get().points) == (1, Decimal(points))


def test_change_to_the_same_number_is_no_change(cycle, user, now, shared):
    assert change(cycle, user, now, (shared.credit, "chemistry", "3.00")) == 0


def test_change_to_nothing_releases(cycle, user, now, shared):
    change(cycle, user, now, (shared.credit, "chemistry", "0"))

    assert not Allocation.objects.exists()


def test_change_moves_points_between_areas(cycle, user, now, shared):
    AllocationFactory(cycle=cycle, credit=shared.credit, area=area(cycle, "rest"), points=Decimal("1.00"))

    change(cycle, user, now, (shared.credit, "rest", "2"), (shared.credit, "chemistry", "2"))

    assert list(Allocation.objects.order_by("id").values_list("points", flat=True)) == [2, 2]


@pytest.mark.parametrize(
    ("code", "points", "why"),
    [
        ("chemistry", "4.25", "This credit has only 4 points"),
        ("chemistry", "1.1", "in steps of 0.25"),
        ("rest", "1", "no longer exists"),
    ],
)
def test_change_refuses_what_would_not_count(cycle, user, now, shared, code, points, why):
    with pytest.raises(actions.AllocationRefused, match=why):
        change(cycle, user, now, (shared.credit, code, points))

    assert Allocation.objects.get().points == 3


def test_change_is_all_or_nothing(cycle, user, now, shared):
    AllocationFactory(cycle=cycle, credit=shared.credit, area=area(cycle, "rest"), points=Decimal("1.00"))

    with pytest.raises(actions.AllocationRefused):
        change(cycle, user, now, (shared.credit, "chemistry", "2"), (shared.credit, "rest", "3"))

    assert list(Allocation.objects.order_by("id").values_list("points", flat=True)) == [3, 1]


def test_clear_releases_everything_once(cycle, user, now):
    shares = allocate_all(cycle)

    released = [actions.clear(cycle=cycle, by=user, at=now) for _time in range(2)]

    assert released == [len(shares), 0]
    assert CycleStatus.objects.get(cycle=cycle).counted == 0


@pytest.mark.parametrize("deed", ["change", "clear"])
def test_a_declared_cycle_is_neither_changed_nor_cleared(cycle, user, now, shared, deed):
    cycle.declared_on, cycle.shares_frozen_at = now.date(), now
    cycle.save()
    words = {"edits": []} if deed == "change" else {}

    with pytest.raises(actions.AllocationRefused, match="declared"):
        getattr(actions, deed)(cycle=cycle, by=user, at=now, **words)
