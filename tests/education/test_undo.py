from datetime import timedelta
from decimal import Decimal

import pytest

from cmp_portal.lib import clock
from credentials.models import Cycle
from education import actions, queries
from education.enums import ChangeKind
from education.models import Allocation, AllocationUndo, CycleStatus
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    allocate_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    return CycleFactory(requirement_set=MlsRequirementSetFactory())


@pytest.fixture
def user(cycle):
    return HolderUserFactory(holder=cycle.holder)


@pytest.fixture
def credit(cycle):
    return CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=Decimal("2.00"))


@pytest.fixture
def does(cycle, user, now):
    """What the holder does in the cycle, after a look at the page."""

    def do(action, **words):
        return getattr(actions, action)(cycle=cycle, by=user, at=now, **words)

    return do


def area(cycle, code):
    return cycle.requirement_set.areas.get(code=code)


def shares(cycle):
    return [(share.area.code, share.points) for share in cycle.allocations.order_by("area__position", "id")]


def undo(does, cycle):
    return does("undo", digest=cycle_digest(cycle))


def cycle_digest(cycle):
    return AllocationUndo.objects.get(cycle=cycle).result


def test_an_allocation_is_taken_back(does, cycle, credit):
    does("allocate", credit=credit, area=area(cycle, "chemistry"), points=Decimal(2))

    done = undo(does, cycle)

    assert (shares(cycle), done.what, done.kind) == ([], "allocated 2 to Chemistry", ChangeKind.UNDONE)


def test_a_release_is_taken_back(does, cycle, credit):
    AllocationFactory(cycle=cycle, credit=credit)
    does("release", credit=credit, area=area(cycle, "chemistry"))

    done = undo(does, cycle)

    assert (shares(cycle), done.what) == ([("chemistry", 2)], "released 2 from Chemistry")


def test_another_number_is_taken_back(does, cycle, credit):
    AllocationFactory(cycle=cycle, credit=credit)
    does("change", edits=[actions.Edit(credit.pk, "chemistry", Decimal("1.5"))])

    done = undo(does, cycle)

    assert (shares(cycle), done.what) == ([("chemistry", 2)], "changed Chemistry from 2 to 1.5")


def test_a_cleared_cycle_is_filled_again(does, cycle):
    allocate_all(cycle)
    before = shares(cycle)
    does("clear")

    undo(does, cycle)

    assert shares(cycle) == before


def test_a_suggestion_is_taken_back_beside_what_was_chosen(does, cycle, credit, today):
    AllocationFactory(cycle=cycle, credit=credit)
    CreditFactory(holder=cycle.holder, subjects=["ethics"])
    does("apply_suggestion", digest=queries.proposal_for(cycle, on=today).digest)

    done = undo(does, cycle)

    assert (shares(cycle), done.what) == ([("chemistry", 2)], "applied 1 suggested allocation")


def test_undone_twice_is_done_again(does, cycle, credit):
    does("allocate", credit=credit, area=area(cycle, "chemistry"), points=Decimal(2))

    kinds = [undo(does, cycle).kind for _time in range(3)]

    assert (kinds, shares(cycle)) == ([ChangeKind.UNDONE, ChangeKind.REDONE, ChangeKind.UNDONE], [])


def test_the_same_form_sent_again_changes_nothing(does, cycle, credit):
    does("allocate", credit=credit, area=area(cycle, "chemistry"), points=Decimal(2))
    seen = cycle_digest(cycle)

    kinds = [does("undo", digest=seen).kind for _time in range(3)]

    assert (kinds, shares(cycle)) == ([ChangeKind.UNDONE] * 3, [])


def test_the_status_follows(does, cycle, credit):
    does("allocate", credit=credit, area=area(cycle, "chemistry"), points=Decimal(2))

    undo(does, cycle)

    assert CycleStatus.objects.get(cycle=cycle).counted == 0


def test_what_changes_nothing_can_not_be_undone(does, cycle):
    does("clear")

    assert not AllocationUndo.objects.exists()


CHANGED = "Your allocation has changed in the meantime, so nothing was undone."


@pytest.mark.parametrize("digest", ["", "stale", "0" * 64])
def test_what_was_not_seen_is_not_undone(does, cycle, credit, digest):
    does("allocate", credit=credit, area=area(cycle, "chemistry"), points=Decimal(2))

    with pytest.raises(actions.AllocationRefused, match=CHANGED):
        does("undo", digest=digest)


def test_where_nothing_was_done_nothing_is_undone(does):
    with pytest.raises(actions.AllocationRefused, match=CHANGED):
        does("undo", digest="0" * 64)


def test_an_undo_from_before_another_change_is_refused(does, cycle, credit):
    does("allocate", credit=credit, area=area(cycle, "chemistry"), points=Decimal(1))
    seen = cycle_digest(cycle)
    does("allocate", credit=credit, area=area(cycle, "rest"), points=Decimal(1))

    with pytest.raises(actions.AllocationRefused, match=CHANGED):
        does("undo", digest=seen)

    assert shares(cycle) == [("chemistry", 1), ("rest", 1)]


def test_shares_that_something_else_has_cut_are_not_overwritten(does, cycle, credit):
    does("allocate", credit=credit, area=area(cycle, "chemistry"), points=Decimal(2))
    Allocation.objects.update(points=Decimal(1))

    with pytest.raises(actions.AllocationRefused, match=CHANGED):
        undo(does, cycle)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"withdrawn_at": True}, "has been withdrawn"),
        ({"points": Decimal("1.00")}, "now has only 1 point,"),
        ({"subjects": ["ethics"], "corrected_at": True}, "was corrected and no longer fits"),
    ],
    ids=["withdrawn", "shrunk", "corrected"],
)
def test_a_credit_that_is_not_what_it_was_stays_released(does, cycle, credit, now, changed, why):
    AllocationFactory(cycle=cycle, credit=credit)
    does("release", credit=credit, area=area(cycle, "chemistry"))
    later = {name: now + timedelta(minutes=1) if value is True else value for name, value in changed.items()}
    type(credit).objects.filter(pk=credit.pk).update(**later)

    with pytest.raises(actions.AllocationRefused, match=why):
        undo(does, cycle)

    assert shares(cycle) == []


def test_a_credit_that_is_gone_stays_gone(does, cycle, credit):
    AllocationFactory(cycle=cycle, credit=credit)
    does("release", credit=credit, area=area(cycle, "chemistry"))
    credit.delete()

    with pytest.raises(actions.AllocationRefused, match="no longer exists"):
        undo(does, cycle)


def test_areas_that_are_no_longer_asked_for_are_told(does, cycle, credit):
    AllocationFactory(cycle=cycle, credit=credit)
    does("release", credit=credit, area=area(cycle, "chemistry"))
    area(cycle, "chemistry").delete()

    with pytest.raises(actions.AllocationRefused, match="requirements have changed"):
        undo(does, cycle)


def test_what_did_not_count_before_is_restored_as_it_was(does, cycle, credit):
    credit.completed_on = cycle.starts_on - timedelta(days=60)
    credit.save()
    AllocationFactory(cycle=cycle, credit=credit)
    does("clear")

    undo(does, cycle)

    assert shares(cycle) == [("chemistry", 2)]


def test_a_declared_cycle_is_not_undone(does, cycle, credit, now):
    does("allocate", credit=credit, area=area(cycle, "chemistry"), points=Decimal(2))
    Cycle.objects.filter(pk=cycle.pk).update(shares_frozen_at=now, declared_on=clock.board_day(now))

    with pytest.raises(actions.AllocationRefused, match="declared"):
        undo(does, cycle)


def test_two_who_undo_at_once_undo_once(in_thread, until_blocked, now):
    cycle = CycleFactory(mls=True)
    user = HolderUserFactory(holder=cycle.holder)
    credit = CreditFactory(holder=cycle.holder)
    actions.allocate(credit=credit, cycle=cycle, area=area(cycle, "chemistry"), points=Decimal(2), by=user, at=now)
    seen = cycle_digest(cycle)

    both = [in_thread(lambda: actions.undo(cycle=cycle, digest=seen, by=user, at=now)) for _one in range(2)]

    assert [deed.result().kind for deed in both] == [ChangeKind.UNDONE] * 2
    assert shares(cycle) == []
