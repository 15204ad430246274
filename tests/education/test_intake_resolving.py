"""Lines waiting for a holder to be assigned."""

from functools import partial

import pytest

from accounts.models import Holder
from education.actions import intake
from education.actions.intake import RowRefused
from education.models import Credit, IntakeRow
from tests.at_once import at_once
from tests.education.feeds import ascp_with_reference
from tests.education.sending import send_to
from tests.factories import HolderFactory, UserFactory

UNKNOWN = {"customer_number": "999", "last_name": "Blake", "birth_month": 4}


@pytest.fixture
def ascp(db, now):
    return ascp_with_reference()


@pytest.fixture
def holder(ascp):
    return HolderFactory(customer_number="100", last_name="Black", birth_month=4)


@pytest.fixture
def send(ascp, now):
    return lambda *rows, **named: send_to(ascp, *rows, **{"at": now, **named})


def outcomes(receipt):
    return [result.outcome for result in intake.results_of(receipt.batch)]


def test_resolved_line_is_posted_to_the_holder(send, holder, registrar, now):
    batch = send(UNKNOWN).batch

    row = intake.resolve(row=IntakeRow.objects.get(), holder=holder, by=registrar, at=now)

    credit = Credit.objects.get()
    assert (credit.holder, credit.external_id, credit.batch) == (holder, "A-1", batch)
    assert (row.resolved_to, row.resolved_by, row.resolved_at) == (holder, registrar, now)
    assert holder.alerts.get().title == "ASCP posted “Troponin in practice” (2 points)"


def test_all_lines_with_the_same_number_and_name_are_resolved_together(send, holder, registrar, now):
    send(UNKNOWN, UNKNOWN | {"external_id": "A-2"}, UNKNOWN | {"external_id": "A-3", "last_name": "Other"})
    send(UNKNOWN | {"external_id": "A-4"})

    intake.resolve(row=IntakeRow.objects.first(), holder=holder, by=registrar, at=now)

    assert set(holder.credits.values_list("external_id", flat=True)) == {"A-1", "A-2", "A-4"}
    assert [row.external_id for row in IntakeRow.objects.waiting()] == ["A-3"]


def test_later_lines_find_the_holder_by_themselves(send, holder, registrar, now):
    send(UNKNOWN)
    intake.resolve(row=IntakeRow.objects.get(), holder=holder, by=registrar, at=now)

    assert outcomes(send(UNKNOWN | {"points": 3}, UNKNOWN | {"external_id": "A-2"})) == ["corrected", "accepted"]
    assert outcomes(send(UNKNOWN | {"external_id": "A-3", "last_name": ""})) == ["unmatched"]


def test_resolved_line_does_not_come_back(send, holder, registrar, now):
    send(UNKNOWN)
    intake.resolve(row=IntakeRow.objects.get(), holder=holder, by=registrar, at=now)

    assert send(UNKNOWN).counts.duplicate == 1
    assert not IntakeRow.objects.waiting().exists()


def test_line_waits_once_however_often_it_comes(send, ascp, registrar, now):
    send(UNKNOWN)
    again = send(UNKNOWN, {"external_id": "A-9", "customer_number": "998"})

    assert (again.counts.unmatched, IntakeRow.objects.waiting().count()) == (2, 2)


def test_dismissed_line_does_not_come_back(send, registrar, now):
    send(UNKNOWN)
    intake.dismiss(row=IntakeRow.objects.get(), note="Not certified by us", by=registrar, at=now)

    again = send(UNKNOWN, {"external_id": "A-2", "customer_number": "100"})

    assert (again.counts.duplicate, again.counts.unmatched) == (1, 1)
    assert [row.external_id for row in IntakeRow.objects.waiting()] == ["A-2"]


def test_settling_twice_is_settling_once(send, holder, registrar, now):
    send(UNKNOWN, {"external_id": "A-2", "customer_number": "998"})
    first, second = IntakeRow.objects.order_by("line")
    for _time in range(2):
        intake.resolve(row=first, holder=holder, by=registrar, at=now)
        intake.dismiss(row=second, note="Nobody", by=registrar, at=now)

    assert (Credit.objects.count(), holder.alerts.count()) == (1, 1)
    for settle in (
        lambda: intake.resolve(row=first, holder=HolderFactory(), by=registrar, at=now),
        lambda: intake.resolve(row=second, holder=holder, by=registrar, at=now),
        lambda: intake.dismiss(row=first, note="Nobody", by=registrar, at=now),
        lambda: intake.dismiss(row=second, note="Another reason", by=registrar, at=now),
    ):
        with pytest.raises(RowRefused, match="already settled"):
            settle()


def test_line_is_dismissed_with_a_reason(send, registrar, now):
    send(UNKNOWN)

    with pytest.raises(RowRefused, match="Write why"):
        intake.dismiss(row=IntakeRow.objects.get(), note=" ", by=registrar, at=now)


def test_line_that_is_refused_for_the_holder_waits_on(send, holder, registrar, now):
    other = HolderFactory(customer_number="200")
    send({"customer_number": "200"})
    send(UNKNOWN)

    with pytest.raises(RowRefused, match="belongs to another holder"):
        intake.resolve(row=IntakeRow.objects.get(), holder=holder, by=registrar, at=now)
    assert (IntakeRow.objects.waiting().count(), Credit.objects.get().holder) == (1, other)


def test_line_of_an_undone_feed_is_not_applied(send, holder, registrar, now):
    batch = send(UNKNOWN).batch
    intake.ask_undo(batch=batch, by=registrar, at=now)

    with pytest.raises(RowRefused, match="was undone"):
        intake.resolve(row=IntakeRow.objects.get(), holder=holder, by=registrar, at=now)


def test_line_of_an_undone_feed_waits_again_with_another(send, holder, registrar, now):
    intake.ask_undo(batch=send(UNKNOWN).batch, by=registrar, at=now)
    batch = send({"external_id": "A-2"}, UNKNOWN).batch
    (row,) = IntakeRow.objects.waiting()

    intake.resolve(row=row, holder=holder, by=registrar, at=now)

    assert (row.batch, Credit.objects.get(external_id="A-1").holder) == (batch, holder)


def test_two_who_resolve_one_line_at_once_have_one_effect(transactional_db, now, in_thread):
    registrar = UserFactory(roles=["registrar"])
    send_to(ascp_with_reference(), UNKNOWN, at=now)
    holders = [HolderFactory(customer_number=number).pk for number in ("100", "200")]
    row = IntakeRow.objects.get()

    def resolve(pk):
        try:
            intake.resolve(row=row, holder=Holder.objects.get(pk=pk), by=registrar, at=now)
        except RowRefused:
            return False
        return True

    done = at_once(in_thread, *[partial(resolve, pk) for pk in holders])

    assert (sorted(done), Credit.objects.count()) == ([False, True], 1)
    assert Credit.objects.get().holder_id == IntakeRow.objects.get().resolved_to_id
