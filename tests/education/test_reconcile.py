"""The nightly reconciliation of status rows."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.enums import AlertKind
from accounts.models import Alert, JobRun
from cmp_portal.lib import clock
from education.actions import reconcile_status, refresh_status
from education.models import CycleStatus
from education.tasks import reconcile_status as nightly
from tests.education.shares import declared
from tests.factories import AllocationFactory, CycleFactory, RequirementSetFactory, allocate_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    """Half of what is needed is allocated, and the row says so."""
    cycle = AllocationFactory(points=Decimal("1.50")).cycle
    refresh_status([cycle.pk], at=now)
    return cycle


@pytest.fixture
def cycle_expired(now):
    return CycleFactory(ended=True)


def rows():
    return list(CycleStatus.objects.order_by("cycle").values_list("cycle", "counted", "missing", "version"))


def test_what_is_right_is_left_alone(cycle, now):
    before = rows()

    assert reconcile_status(at=now) == 0
    assert rows() == before


def test_a_false_row_is_mended(cycle, now):
    CycleStatus.objects.update(counted=0, missing=9)

    assert reconcile_status(at=now) == 1
    assert rows() == [(cycle.pk, Decimal("1.50"), Decimal("4.00"), 2)]


def test_a_row_that_is_not_there_is_made(cycle, now):
    untouched = CycleFactory()

    assert reconcile_status(at=now) == 1
    assert CycleStatus.objects.get(cycle=untouched).counted == 0


def test_every_false_row_is_mended_batch_by_batch(now, monkeypatch):
    monkeypatch.setattr("education.actions.status.BATCH", 2)
    refresh_status([CycleFactory().pk for _one in range(3)], at=now)
    CycleStatus.objects.update(missing=9)

    assert reconcile_status(at=now) == 3
    assert not CycleStatus.objects.filter(missing=9).exists()


def test_mending_twice_changes_nothing(cycle, now):
    CycleStatus.objects.update(counted=0, missing=9)
    reconcile_status(at=now)
    before = rows()

    assert reconcile_status(at=now) == 0
    assert rows() == before


@pytest.mark.parametrize("count", [1, 3])
def test_refreshing_asks_as_much_for_many_cycles_as_for_one(now, django_assert_num_queries, count):
    cycles = [AllocationFactory(points=Decimal("1.50")).cycle.pk for _ in range(count)]
    refresh_status(cycles, at=now)

    with django_assert_num_queries(6):
        refresh_status(cycles, at=now)


def test_a_window_that_moves_on_takes_credits_with_it(now, today):
    """An expired cycle looks back three years, from each day anew."""
    share = AllocationFactory(cycle__ended=True, credit__completed_on=today.replace(year=today.year - 3))
    refresh_status([share.cycle_id], at=now)

    assert reconcile_status(at=now + timedelta(days=1)) == 1
    assert CycleStatus.objects.get().counted == 0


def test_losing_completeness_overnight_is_told(now, today):
    cycle = CycleFactory(ended=True)
    allocate_all(cycle)
    refresh_status([cycle.pk], at=now)

    reconcile_status(at=now + timedelta(days=365 * 3))

    assert Alert.objects.filter(kind=AlertKind.NO_LONGER_COMPLETE).count() == 1


def test_what_was_declared_stays_as_it_was_signed(cycle, now):
    declared(cycle)
    CycleStatus.objects.update(counted=0, missing=9)

    assert reconcile_status(at=now) == 0


def test_the_night_leaves_a_record(cycle):
    CycleStatus.objects.update(counted=0, missing=9)

    assert nightly() == 1
    run = JobRun.objects.get()
    assert (run.name, run.rows, run.error, run.ended_at <= clock.now()) == ("reconcile_status", 1, "", True)


@pytest.mark.parametrize(("days", "version"), [(0, "2"), (1, "1")], ids=["on the day", "before"])
def test_expired_cycle_follows_requirements_from_the_day_they_apply(cycle_expired, today, days, version):
    kind = cycle_expired.credential.credential_type
    RequirementSetFactory(credential_type=kind, version="2", applies_from=today + timedelta(days=days))

    nightly()

    cycle_expired.refresh_from_db()
    assert cycle_expired.requirement_set.version == version
