from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from credentials.enums import Unit
from credentials.models import Cycle
from education import actions
from education.models import Allocation, Credit, CycleStatus
from tests.factories import (
    ActivityKindFactory,
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    KindUnitFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(now):
    return HolderUserFactory()


@pytest.fixture
def said(today):
    kind = ActivityKindFactory(code="ce-course")
    for unit, worth in ((Unit.CONTACT_HOUR, "1"), (Unit.CEU, "10"), (Unit.SEMESTER_HOUR, "15")):
        KindUnitFactory(kind=kind, unit=unit, points_per_unit=Decimal(worth))
    return actions.NewCredit(
        title="Ethics at the bench",
        provider_name="County Hospital",
        kind=kind,
        subjects=["ethics"],
        completed_on=today - timedelta(days=3),
        unit=Unit.CONTACT_HOUR,
        quantity=Decimal("1.5"),
    )


@pytest.fixture
def record(user, now):
    return lambda said, uuid=None: actions.record(uuid=uuid or uuid4(), holder=user.holder, said=said, by=user, at=now)


@pytest.mark.parametrize(
    ("unit", "quantity", "points"),
    [
        (Unit.CONTACT_HOUR, "1.5", "1.50"),
        (Unit.CEU, "0.25", "2.50"),
        (Unit.SEMESTER_HOUR, "3", "45.00"),
        (Unit.CONTACT_HOUR, "0.01", "0.01"),
    ],
)
def test_record_converts_units_to_points(record, said, unit, quantity, points):
    credit = record(replace(said, unit=unit, quantity=Decimal(quantity)))

    assert credit.points == Decimal(points)


def test_a_form_sent_twice_records_once(record, said):
    uuid = uuid4()

    first, second = record(said, uuid), record(said, uuid)

    assert first == second
    assert Credit.objects.count() == 1


def test_a_form_of_somebody_else_is_refused(record, said):
    theirs = CreditFactory(self_recorded=True)

    with pytest.raises(actions.CreditRefused, match="form was already used"):
        record(said, theirs.uuid)


def test_a_form_of_somebody_else_is_refused_even_if_it_says_the_same(record, said, now):
    other = HolderUserFactory()
    theirs = actions.record(uuid=uuid4(), holder=other.holder, said=said, by=other, at=now)

    with pytest.raises(actions.CreditRefused, match="form was already used"):
        record(said, theirs.uuid)


def test_a_form_that_says_something_else_the_second_time_is_refused(record, said):
    uuid = uuid4()
    record(said, uuid)

    with pytest.raises(actions.CreditRefused, match="already recorded “Ethics at the bench”"):
        record(replace(said, title="Ethics at the bedside"), uuid)


def test_a_likely_duplicate_is_refused(record, said):
    record(said)

    with pytest.raises(actions.CreditRefused) as refusal:
        record(said)

    assert refusal.value.field == "twice"


def test_what_was_attended_twice_is_recorded_twice(user, now, said):
    for _time in range(2):
        actions.record(uuid=uuid4(), holder=user.holder, said=said, twice=True, by=user, at=now)

    assert Credit.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_forms_at_once_only_one_is_the_first(record, said, user, in_thread, until_blocked):
    with transaction.atomic():
        record(said)
        other = in_thread(lambda: record(said))
        until_blocked()

    assert other.exception().field == "twice"


def test_less_than_a_hundredth_of_a_point_is_refused(record, said):
    kind = KindUnitFactory(kind__code="poster", unit=Unit.POINTS, points_per_unit=Decimal("0.10")).kind

    with pytest.raises(actions.CreditRefused, match="comes to less than"):
        record(replace(said, kind=kind, unit=Unit.POINTS, quantity=Decimal("0.01")))


def test_what_is_not_completed_yet_is_refused(record, said, today):
    with pytest.raises(actions.CreditRefused) as refusal:
        record(replace(said, completed_on=today + timedelta(days=1)))

    assert refusal.value.field == "completed_on"


def test_what_was_completed_today_is_recorded(record, said, today):
    assert record(replace(said, completed_on=today)).completed_on == today


def test_a_kind_that_never_counts_is_refused(record, said):
    with pytest.raises(actions.CreditRefused, match="never counts"):
        record(replace(said, kind=ActivityKindFactory(code="staff-meeting", counts=False)))


def test_a_unit_the_kind_does_not_know_is_refused(record, said):
    with pytest.raises(actions.CreditRefused, match="contact hour"):
        record(replace(said, unit=Unit.QUARTER_HOUR))


def test_edit_corrects_and_keeps_the_old_version(record, said, user, now):
    credit = record(said)

    actions.edit(credit=credit, said=replace(said, quantity=Decimal("2")), by=user, at=now)

    versions = Credit.pgh_event_models["update"].objects.filter(pgh_obj_id=credit.pk, pgh_label="update")
    assert [version.points for version in versions] == [Decimal("2.00")]


def test_an_edit_that_says_nothing_new_leaves_no_version(record, said, user, now):
    credit = record(said)

    actions.edit(credit=credit, said=said, by=user, at=now)

    assert not Credit.pgh_event_models["update"].objects.filter(pgh_obj_id=credit.pk, pgh_label="update").exists()


def test_edit_is_refused_below_what_is_allocated(said, user, now):
    share = AllocationFactory(credit__self_recorded=True)

    with pytest.raises(actions.CreditRefused, match=r"Already allocated: 2 points\."):
        actions.edit(credit=share.credit, said=replace(said, quantity=Decimal("0.5")), by=user, at=now)


def test_edit_is_refused_below_what_all_areas_of_a_cycle_have_of_it(said, user, now):
    share = AllocationFactory(credit__self_recorded=True, points=Decimal("1.25"))
    rest = share.cycle.requirement_set.areas.get(code="rest")
    AllocationFactory(cycle=share.cycle, credit=share.credit, area=rest, points=Decimal("0.50"))
    AllocationFactory(cycle=CycleFactory(holder=share.holder), credit=share.credit, points=Decimal("0.25"))

    with pytest.raises(actions.CreditRefused, match=r"Already allocated: 1\.75 points\."):
        actions.edit(credit=share.credit, said=replace(said, quantity=Decimal("1.5")), by=user, at=now)


def test_the_status_of_the_cycle_follows_an_edit(said, user, now):
    share = AllocationFactory(credit__self_recorded=True)
    actions.refresh_status([share.cycle_id], at=now)
    before = replace(said, quantity=Decimal("2"), completed_on=share.cycle.starts_on - timedelta(days=1))

    actions.edit(credit=share.credit, said=before, by=user, at=now)

    assert CycleStatus.objects.get().counted == 0


def test_edit_of_a_delivered_credit_is_refused(said, user, now):
    with pytest.raises(actions.CreditRefused, match="its provider"):
        actions.edit(credit=CreditFactory(), said=said, by=user, at=now)


def test_withdraw_releases_the_shares(user, now):
    share = AllocationFactory(credit__self_recorded=True)

    for _time in range(2):
        actions.withdraw(credit=share.credit, by=user, at=now)

    assert not Allocation.objects.exists()
    assert Credit.objects.get().withdrawn_at == now


def test_the_status_of_the_cycle_follows_a_withdrawal(user, now):
    share = AllocationFactory(credit__self_recorded=True)
    actions.refresh_status([share.cycle_id], at=now)

    actions.withdraw(credit=share.credit, by=user, at=now)

    assert CycleStatus.objects.get().counted == 0


def test_a_withdrawn_credit_is_not_edited(said, user, now):
    credit = CreditFactory(self_recorded=True, withdrawn=True)

    with pytest.raises(actions.CreditRefused, match="Restore it first"):
        actions.edit(credit=credit, said=said, by=user, at=now)


def test_restore_brings_back_what_was_withdrawn(user, now):
    credit = CreditFactory(self_recorded=True, withdrawn=True)

    for _time in range(2):
        actions.restore(credit=credit, by=user, at=now)

    assert Credit.objects.get().withdrawn_at is None


def test_restore_asks_about_a_likely_duplicate(user, now):
    credit = CreditFactory(self_recorded=True, withdrawn=True)
    CreditFactory(holder=credit.holder)

    with pytest.raises(actions.CreditRefused, match="you already have"):
        actions.restore(credit=credit, by=user, at=now)
    actions.restore(credit=credit, twice=True, by=user, at=now)

    credit.refresh_from_db()
    assert credit.withdrawn_at is None


def test_restore_of_a_kind_that_no_longer_counts_is_refused(user, now):
    credit = CreditFactory(self_recorded=True, withdrawn=True, kind=ActivityKindFactory(counts=False))

    with pytest.raises(actions.CreditRefused, match="never counts"):
        actions.restore(credit=credit, by=user, at=now)


def test_restore_of_a_delivered_credit_is_refused(user, now):
    with pytest.raises(actions.CreditRefused, match="its provider"):
        actions.restore(credit=CreditFactory(withdrawn=True), by=user, at=now)


def test_what_was_declared_is_neither_edited_nor_withdrawn(said, user, now):
    share = AllocationFactory(credit__self_recorded=True)
    share.cycle.declared_on, share.cycle.shares_frozen_at = now.date(), now
    share.cycle.save()

    for change in (
        lambda: actions.edit(credit=share.credit, said=said, by=user, at=now),
        lambda: actions.withdraw(credit=share.credit, by=user, at=now),
    ):
        with pytest.raises(actions.CreditRefused, match="part of a declaration"):
            change()


@pytest.mark.django_db(transaction=True)
def test_an_edit_waits_for_the_declaration_of_its_cycle(said, user, now, in_thread, until_blocked):
    share = AllocationFactory(credit__self_recorded=True)
    with transaction.atomic():
        Cycle.objects.select_for_update().get(pk=share.cycle_id)
        other = in_thread(lambda: actions.edit(credit=share.credit, said=said, by=user, at=now))
        until_blocked()
        Cycle.objects.filter(pk=share.cycle_id).update(declared_on=now.date(), shares_frozen_at=now)

    assert isinstance(other.exception(), actions.CreditRefused)
