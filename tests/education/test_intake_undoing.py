"""Undoing a whole feed."""

from decimal import Decimal

import pytest

from accounts.enums import AlertKind
from accounts.models import Alert
from education.actions import intake
from education.actions.intake import UndoRefused, undoing
from education.enums import MatchState
from education.models import Allocation, Credit, CycleStatus, IntakeBatch, Match
from tests.education.feeds import ascp_with_reference, recorded_of
from tests.education.sending import send_to
from tests.factories import AllocationFactory, HolderFactory, IntakeBatchFactory, close

FACTS = ("title", "kind", "subjects", "completed_on", "unit", "quantity", "points", "provider", "external_id", "batch")


@pytest.fixture
def ascp(db, now):
    return ascp_with_reference()


@pytest.fixture
def holder(ascp):
    return HolderFactory(customer_number="100")


@pytest.fixture
def send(ascp, now):
    return lambda *rows, **named: send_to(ascp, *rows, **{"at": now, **named}).batch


@pytest.fixture
def undo(registrar, now):
    def undone(batch):
        batch = intake.ask_undo(batch=batch, by=registrar, at=now)
        assert intake.work_on_feeds(at=now) == (0 if batch.undone_at else 1)
        batch.refresh_from_db()
        return batch

    return undone


def said(credit):
    return Credit.objects.filter(pk=credit.pk).values(*FACTS).get()


def test_what_the_feed_brought_is_withdrawn(send, holder, undo, now):
    batch = undo(send({}, {"external_id": "A-2"}))

    assert [(one.withdrawn_at, one.batch) for one in Credit.objects.all()] == [(now, None)] * 2
    assert (batch.undone, batch.undone_at) == (2, now)


def test_what_the_feed_corrected_says_again_what_it_said(send, holder, undo):
    first = send({})
    credit = Credit.objects.get()
    before = said(credit)
    second = send({"points": 9, "title": "Wrong", "subjects": ["safety"]})

    undo(second)

    assert said(credit) == before
    assert Credit.objects.get().batch == first


def test_a_withdrawal_is_taken_back(send, holder, undo):
    send({})
    batch = send({"status": "withdrawn"})

    undo(batch)

    assert Credit.objects.get().withdrawn_at is None


def test_what_somebody_else_said_since_stays(send, holder, undo):
    first = send({}, {"external_id": "A-2"})
    send({"points": 3})

    undo(first)

    credits = Credit.objects.order_by("external_id")
    assert [(one.points, one.withdrawn_at is None) for one in credits] == [(3, True), (2, False)]


def test_shares_are_cut_and_the_holder_is_told(send, holder, undo, now):
    send({"points": 1})
    batch = send({"points": 3}, {"external_id": "A-2"})
    for credit, points in zip(Credit.objects.order_by("external_id"), ("3.00", "2.00"), strict=True):
        AllocationFactory(credit=credit, points=Decimal(points))

    undo(batch)

    assert [share.points for share in Allocation.objects.all()] == [Decimal(1)]
    assert CycleStatus.objects.filter(computed_at=now).count() == 2
    assert sorted(Alert.objects.filter(kind=AlertKind.SHARES_RELEASED).values_list("body", flat=True)) == [
        "The Board withdrew what ASCP had delivered. The points allocated from it were released.",
        "The Board withdrew what ASCP had delivered. This credit has 1 point again, and points allocated"
        " beyond that were released.",
    ]


def test_holder_is_told_of_a_credit_that_is_withdrawn_again(send, holder, undo):
    send({})
    send({"status": "withdrawn"})
    batch = send({"points": 3})
    AllocationFactory(credit=Credit.objects.get(), points=Decimal("2.00"))

    undo(batch)

    assert (Credit.objects.get().withdrawn_at is not None, Allocation.objects.count()) == (True, 0)
    assert Alert.objects.get(kind=AlertKind.SHARES_RELEASED).body == (
        "The Board withdrew what ASCP had delivered. The points allocated from it were released."
    )


def test_what_was_posted_is_no_longer_told(send, holder, undo):
    undo(send({}))

    assert Alert.objects.get(kind=AlertKind.CREDIT_POSTED).withdrawn_at is not None


def test_what_was_asked_about_is_no_longer_asked(send, holder, undo):
    recorded_of(holder)
    batch = send({"title": "Troponin in practice", "completed_on": "2026-02-02"})
    (asked,) = Alert.objects.all()

    undo(batch)

    asked.refresh_from_db()
    assert (asked.kind, asked.withdrawn_at is not None) == (AlertKind.CREDIT_MATCHED, True)


def test_what_was_declared_stays_and_is_the_feeds_still(send, holder, undo):
    batch = send({}, {"external_id": "A-2"})
    declared = Credit.objects.get(external_id="A-1")
    close(AllocationFactory(credit=declared, points=Decimal(2)).cycle)

    batch = undo(batch)

    declared.refresh_from_db()
    assert (declared.withdrawn_at, declared.batch, batch.undone) == (None, batch, 1)
    assert Allocation.objects.get().points == 2


def test_undoing_twice_is_undoing_once(send, holder, undo):
    batch = undo(send({}))
    before = list(Credit.objects.values())
    events = Credit.pgh_event_model.objects.count()

    undo(batch)

    assert (list(Credit.objects.values()), Credit.pgh_event_model.objects.count()) == (before, events)


def test_undo_that_was_cut_off_goes_on(send, holder, undo, monkeypatch):
    monkeypatch.setattr(undoing, "CHUNK", 2)
    batch = send(*({"external_id": f"A-{n}"} for n in range(5)))
    steps, refresh = [], undoing.refresh_status

    def cut_off(*values, **named):
        steps.append(1)
        if len(steps) == 2:
            raise KeyboardInterrupt
        return refresh(*values, **named)

    monkeypatch.setattr(undoing, "refresh_status", cut_off)
    with pytest.raises(KeyboardInterrupt):
        undo(batch)
    assert Credit.objects.filter(withdrawn_at=None).count() == 3

    assert undo(batch).undone == 5
    assert not Credit.objects.filter(withdrawn_at=None).exists()


def test_recorded_credit_is_its_holders_again(send, holder, undo):
    recorded = recorded_of(holder)
    before = said(recorded)
    batch = send({})
    assert Match.objects.get().state == MatchState.MATCHED

    undo(batch)

    assert said(recorded) == before
    assert Match.objects.get().state == MatchState.UNDONE
    assert Credit.objects.exclude(pk=recorded.pk).get().withdrawn_at is not None


def test_another_feed_brings_it_back(send, holder, undo):
    undo(send({}))

    send({}, {"external_id": "A-2"})

    assert not Credit.objects.filter(external_id="A-1", withdrawn_at__isnull=False).exists()


def test_feed_that_is_being_taken_in_is_not_undone(registrar, now):
    with pytest.raises(UndoRefused, match="still being imported"):
        intake.ask_undo(batch=IntakeBatchFactory(ended_at=None), by=registrar, at=now)


def test_nothing_else_is_undone(send, holder, undo):
    kept = send({"external_id": "A-7"})
    undo(send({}))

    assert (Credit.objects.get(external_id="A-7").batch, IntakeBatch.objects.get(pk=kept.pk).undone_at) == (kept, None)
